// Opens the pages of a running server in a real browser and uses them as a person would.
//
//   BASE_URL=http://127.0.0.1:8080 npm run test:browser
//
// The server's workspace should be empty. CHROMIUM names the browser, /usr/bin/chromium by default. SCREENSHOTS names a folder
// for pictures of what was seen.

import { dashboard } from './dashboard.mjs';
import { graphiql } from './graphiql.mjs';
import { browser } from './visit.mjs';

try {
  await dashboard();
  await graphiql();
} finally {
  await browser.close();
}
