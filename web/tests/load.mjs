// A sync of fifty data sources at once: its page is drawn once a frame, never stutters, and does not grow; nor do the others stutter
// that show it.
//
// DATAWEAVER_TEST_LOAD_SECONDS says for how long it is looked at: 20 by default, minutes for a soak.

import assert from 'node:assert/strict';
import { slowApi, startSync } from './slowApi.mjs';
import { browser, DESKTOP, visit } from './visit.mjs';

const SECONDS = Number(process.env.DATAWEAVER_TEST_LOAD_SECONDS ?? 20);
const STREAMS = 50;
const MILLISECONDS = 500;
/** Seconds for which the sync goes on beside those that are looked at. */
const MARGIN = 120;
/** Seconds for which its tasks are looked at; that itself takes of its memory. */
const WINDOW = 10;
/** Milliseconds after which people feel that a page stutters. */
const LONG = 50;
/** What the page may have grown by in the end, in bytes: some lines of the log, and what React has not let go yet. */
const GROWTH = 5 * 1024 ** 2;

export const load = {
  settings: { DATAWEAVER_ENGINE__SOURCES_AT_ONCE: String(STREAMS) },
  travel,
};

async function travel(server) {
  const parts = Math.ceil(((SECONDS + MARGIN) * 1_000) / MILLISECONDS);
  const api = await slowApi({ streams: STREAMS, parts, rows: 20, milliseconds: MILLISECONDS });
  try {
    const connectorId = await api.connect(server, 'Many');
    const syncId = await startSync(server, connectorId);
    const options = { viewport: DESKTOP, isQuiet: true };
    await visit(server, 'fifty at once', `/syncs/${syncId}`, options, watchThemAll);
    await visit(server, 'fifty on the overview', '/', options, (page) =>
      isSmooth(page, page.getByRole('region', { name: 'Running now' })),
    );
    await visit(server, 'fifty of a connector', `/connectors/${connectorId}`, options, (page) =>
      isSmooth(page, page.getByRole('region', { name: 'Running sync' })),
    );
    await visit(server, 'fifty are cancelled', `/syncs/${syncId}`, options, cancelThemAll);
  } finally {
    api.close();
  }
}

async function watchThemAll(page) {
  const sources = page.getByRole('region', { name: 'Data sources' });
  await areReadIn(sources);
  const heap = await heapOf(page);
  await page.evaluate(countDrawings);
  const before = await heap();
  await page.waitForTimeout(SECONDS * 1_000);
  const { drawings, most } = await page.evaluate(() => globalThis.counted);
  const after = await heap();
  console.log(
    `     ${drawings} drawings, at most ${most} in a frame; heap from ${inMebibytes(before)} to ${inMebibytes(after)}`,
  );
  await isSmooth(page, sources);
  assert.ok(drawings >= SECONDS, 'it is drawn anew all the time');
  assert.ok(most <= 1, `${most} drawings in one frame`);
  assert.ok(after - before < GROWTH, `the page has grown to ${inMebibytes(after)}`);
}

/** Refuses tasks during which people would wait for the page. */
async function isSmooth(page, sources) {
  await areReadIn(sources);
  const tasks = await tasksOf(page);
  const longest = Math.max(...tasks);
  console.log(`     longest of ${tasks.length} tasks ${longest.toFixed(1)} ms`);
  assert.ok(longest < LONG, `a task of ${longest} ms`);
}

/** All of them are drawn, and each has rows. */
async function areReadIn(sources) {
  const last = STREAMS - 1;
  await sources.getByRole('progressbar').nth(last).waitFor();
  await sources
    .getByText(/^[1-9]\d* rows/)
    .nth(last)
    .waitFor();
}

async function cancelThemAll(page) {
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Cancelled').first().waitFor();
}

/** Runs in the page: counts how often the bars are drawn, and how often in one frame at most. */
function countDrawings() {
  let inFrame = 0;
  const counted = { drawings: 0, most: 0 };
  new MutationObserver(() => {
    inFrame += 1;
  }).observe(document.querySelector('[aria-label="Data sources"]'), {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
  const count = () => {
    counted.drawings += inFrame;
    counted.most = Math.max(counted.most, inFrame);
    inFrame = 0;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
  globalThis.counted = counted;
}

/** The milliseconds that each task of the page takes of the processor while some seconds pass. By the clock they take longer
 *  where the machine is busy with others, such as the server: that is not the page's doing. */
async function tasksOf(page) {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
  await page.waitForTimeout(WINDOW * 1_000);
  const trace = JSON.parse((await browser.stopTracing()).toString());
  const main = trace.traceEvents.find(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  return trace.traceEvents
    .filter(({ name, pid, tid }) => name === 'RunTask' && pid === main.pid && tid === main.tid)
    .map(({ tdur = 0 }) => tdur / 1_000);
}

/** What is in use of the page's heap when nothing is left that can go. */
async function heapOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  return async () => {
    const sizes = [];
    // What is drawn at the moment comes on top, hence the least.
    for (let sample = 0; sample < 5; sample += 1) {
      await session.send('HeapProfiler.collectGarbage');
      sizes.push((await session.send('Runtime.getHeapUsage')).usedSize);
      await page.waitForTimeout(300);
    }
    return Math.min(...sizes);
  };
}

function inMebibytes(bytes) {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
