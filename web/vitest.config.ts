import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Apart from `vite.config.ts`, which builds the pages where no tools for tests are installed.
export default defineConfig({
  plugins: [react()],
  // Whoever imports it gets the same copy: GraphQL refuses schemas of another one.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  // The schema lies beside this folder.
  server: { fs: { allow: ['..'] } },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    // Loading the dashboard takes longer than most tests of it: files share it.
    isolate: false,
    testTimeout: 120_000,
  },
});
