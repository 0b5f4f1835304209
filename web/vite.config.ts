import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` serves the pages and passes everything else on to a running `dataweaver serve`.
const server = 'http://127.0.0.1:8080';
// The server takes no requests from pages of another origin than its own.
const proxied = { target: server, changeOrigin: true, headers: { origin: server } };

export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    // GraphiQL's editor is one large chunk by nature; it is loaded from our own binary.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      input: ['index.html', 'graphiql.html'],
      onwarn(warning, warn) {
        // Notes from packages to a compiler that has already run over them.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') {
          warn(warning);
        }
      },
    },
  },
  // Its workers are found by addresses that only the build itself rewrites.
  optimizeDeps: { exclude: ['graphiql/setup-workers/vite', '@graphiql/react/setup-workers/vite'] },
  server: {
    proxy: {
      '^/graphql$': { ...proxied, ws: true },
      '/graphql/': proxied,
      '/download': proxied,
      '/health': proxied,
    },
  },
});
