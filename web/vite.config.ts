import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` serves the pages and passes everything else on to a running `dataweaver serve`.
const server = 'http://127.0.0.1:8080';

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
  server: {
    proxy: {
      '/graphql': { target: server, ws: true },
      '/health': server,
    },
  },
});
