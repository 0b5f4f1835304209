// Opens the pages of a server in a real browser and uses them as a person would.
//
//   DATAWEAVER_TEST_BINARY=../target/debug/dataweaver npm run test:browser [JOURNEY…]
//
// Each journey starts a server of its own with an empty workspace. CHROMIUM names the browser, /usr/bin/chromium by default.
// SCREENSHOTS names a folder for pictures of what was seen. PAGES names a folder with built pages, such as dist, that are
// shown in place of those in the binary.

import { dashboard } from './dashboard.mjs';
import { database } from './database.mjs';
import { graphiql } from './graphiql.mjs';
import { load } from './load.mjs';
import { restart } from './restart.mjs';
import { scenarios } from './scenarios.mjs';
import { Server } from './server.mjs';
import { browser } from './visit.mjs';

const journeys = { dashboard, graphiql, database, scenarios, restart, load };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in journeys));
if (unknown.length > 0) {
  throw new Error(`no journey ${unknown.join(', ')} (known: ${Object.keys(journeys).join(', ')})`);
}

try {
  for (const name of wanted.length > 0 ? wanted : Object.keys(journeys)) {
    const { settings, travel } = journeys[name];
    const server = await Server.start(settings);
    try {
      await travel(server);
    } catch (error) {
      console.error(`--- what the server of ${name} said\n${server.said}`);
      throw error;
    } finally {
      await server.stop();
    }
  }
} finally {
  await browser.close();
}
