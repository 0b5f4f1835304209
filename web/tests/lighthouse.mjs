// What Lighthouse says of the overview with a scenario set up: at least 95 in each category on a desktop and on a phone. The
// performance on a slow phone with a slow network is only told.
//
//   DATAWEAVER_TEST_BINARY=../target/release/dataweaver node tests/lighthouse.mjs [CATEGORY…]
//
// All categories, or those that are named: performance is as good as the machine is quiet, the others are the same everywhere.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from './scenario.mjs';
import { Server } from './server.mjs';

/** The last one that runs on Node 20. It is fetched when it is asked for: nothing else needs its many packages. */
const LIGHTHOUSE = 'lighthouse@12.8.2';
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
const LEAST = 95;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !CATEGORIES.includes(name));
if (unknown.length > 0) {
  throw new Error(`no category ${unknown.join(', ')} (known: ${CATEGORIES.join(', ')})`);
}
const categories = wanted.length > 0 ? wanted : CATEGORIES;

const folder = mkdtempSync(join(tmpdir(), 'lighthouse-'));
const server = await Server.start();
try {
  await setUp(server);
  const scores = [...look('desktop'), ...look('mobile')];
  const low = scores
    .filter(({ device, category }) => device === 'desktop' || category !== 'performance')
    .filter(({ score }) => score < LEAST);
  assert.deepEqual(low, [], `below ${LEAST}`);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

/** Has it look at the page as it is on a device. Tells and returns its scores. */
function look(device) {
  const report = join(folder, `${device}.json`);
  const flags = [
    '--yes',
    LIGHTHOUSE,
    server.url,
    '--quiet',
    '--output=json',
    `--output-path=${report}`,
    `--only-categories=${categories.join(',')}`,
    '--chrome-flags=--headless=new --no-sandbox --disable-background-networking',
    '--no-enable-error-reporting',
    ...(device === 'desktop' ? ['--preset=desktop'] : []),
  ];
  const chrome = process.env.CHROMIUM ?? '/usr/bin/chromium';
  execFileSync('npx', flags, { stdio: 'inherit', env: { ...process.env, CHROME_PATH: chrome } });
  const said = JSON.parse(readFileSync(report, 'utf8'));
  assert.equal(said.runtimeError, undefined, said.runtimeError?.message);
  return categories.map((category) => {
    const score = Math.round(said.categories[category].score * 100);
    console.log(`${device}: ${category} ${score}`);
    for (const { id } of said.categories[category].auditRefs) {
      const { score: passed, title, displayValue = '' } = said.audits[id];
      if (passed !== null && passed < 0.9) {
        console.log(`  ${title} ${displayValue}`);
      }
    }
    return { device, category, score };
  });
}
