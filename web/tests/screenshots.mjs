// The pictures of the README and the user guide, taken from the product itself: of demos on a terminal, and of pages with a
// scenario set up.
//
//   DATAWEAVER_TEST_BINARY=../target/release/dataweaver node tests/screenshots.mjs [NAME…]
//
// They are written into docs/pictures as WebP. PAGES shows other pages than those in the binary, as for the browser tests.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCENARIO, setUp } from './scenario.mjs';
import { Server } from './server.mjs';
import { slowApi, startSync } from './slowApi.mjs';
import { onATerminal, terminals } from './terminal.mjs';
import { browser, DESKTOP, PHONE, visit } from './visit.mjs';

const FOLDER = join(import.meta.dirname, '../../docs/pictures');
/** Of WebP: letters stay sharp, and a picture has well below 120 kB. */
const QUALITY = 0.85;

const QUESTION = 'Show me customer satisfaction trends from support channels';
const STATEMENT = `SELECT c.industry, count(DISTINCT s.customer_id) AS customers, sum(s.sales_amount) AS revenue
FROM customer_drive.sales_report s
JOIN customer_drive.customer_database c ON c.customer_id = s.customer_id
GROUP BY c.industry
ORDER BY revenue DESC`;

const wanted = process.argv.slice(2);
mkdirSync(FOLDER, { recursive: true });
try {
  for (const name of Object.keys(terminals).filter(isWanted)) {
    await keep(name, await onATerminal(terminals[name]));
    console.log(`ok   ${name}`);
  }
  if (wanted.length === 0 || wanted.some((name) => !(name in terminals))) {
    await withAScenario(pictures);
  }
} finally {
  await browser.close();
}

function isWanted(name) {
  return wanted.length === 0 || wanted.includes(name);
}

async function withAScenario(use) {
  const server = await Server.start({ DATAWEAVER_ENGINE__SOURCES_AT_ONCE: '8' });
  try {
    await setUp(server);
    await use(server);
  } catch (error) {
    console.error(server.said);
    throw error;
  } finally {
    await server.stop();
  }
}

/** Every picture of a page: its name, its address, and what is done before it is taken. */
async function pictures(server) {
  const { connector, source, workflow } = await placesOf(server);
  const take = (...given) => takePage(server, ...given);
  const light = { viewport: DESKTOP, colorScheme: 'light' };
  const dark = { viewport: DESKTOP, colorScheme: 'dark' };
  const phone = { viewport: PHONE, colorScheme: 'light', hasTouch: true, deviceScaleFactor: 2 };

  await take('connect', '/connectors/new', light, (page) =>
    page.getByRole('button', { name: /^Slack/ }).waitFor(),
  );
  await take('refusal', '/connectors/new?type=DATABASE', light, async (page) => {
    await page.getByLabel('Name').first().fill('Shop');
    await page.getByLabel(/^URL/).fill('postgres://reader@127.0.0.1:1/shop');
    await page.getByText('None', { exact: true }).click();
    await page.getByRole('button', { name: /test the connection/ }).click();
    await page.getByRole('alert').scrollIntoViewIfNeeded();
  });
  await take('connector', `/connectors/${connector}`, light);
  await take('source', `/sources/${source}`, light, (page) =>
    page.getByRole('table', { name: 'First rows' }).waitFor(),
  );
  await take('profile', `/sources/${source}?tab=columns`, light, async (page) => {
    await page.getByRole('button', { name: /sales_amount/ }).click();
    await page.waitForLoadState('networkidle');
  });
  await take('sql', `/sql?query=${encodeURIComponent(STATEMENT)}`, light, (page) =>
    page.getByRole('table', { name: 'Result' }).waitFor(),
  );
  const tall = { width: 1280, height: 920 };
  await take('ask', `/ask?scenario=${SCENARIO}`, { ...light, viewport: tall }, (page) =>
    ask(page, QUESTION),
  );
  await take('ask-dark', `/ask?scenario=${SCENARIO}`, { ...dark, viewport: tall }, (page) =>
    ask(page, 'Forecast revenue for the next three months'),
  );
  await take('scenario', `/scenarios/${SCENARIO}`, light);
  await take('workflow', `/workflows/${workflow}`, light);
  await take('workflow-text', `/workflows/${workflow}/edit`, light, (page) =>
    page.getByRole('textbox', { name: 'The workflow as YAML' }).waitFor(),
  );
  await take('settings', '/settings', light);
  await take('graphiql', '/graphiql', light, async (page) => {
    await page.getByRole('button', { name: 'ListConnectors', exact: true }).waitFor();
    await page.getByRole('button', { name: /Execute query/ }).click();
    await page.locator('.graphiql-response').getByText('"connectors"').first().waitFor();
  });
  await withARunningSync(server, async (id) => {
    await take('overview', '/', { ...light, viewport: { width: 1280, height: 1180 } }, (page) =>
      page
        .getByText(/rows · .* · /)
        .first()
        .waitFor(),
    );
    await take('live', `/syncs/${id}`, light, (page) =>
      page
        .getByText(/rows\/s/)
        .first()
        .waitFor(),
    );
    await take('live-phone', `/syncs/${id}`, phone);
  });
}

async function ask(page, question) {
  await page.getByRole('textbox', { name: 'Question' }).fill(question);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByRole('article').locator('canvas, svg.marks').first().waitFor();
}

async function takePage(server, name, path, options, prepare = () => undefined) {
  if (!isWanted(name)) {
    return;
  }
  await visit(server, name, path, options, async (page) => {
    await page.getByRole('heading').first().waitFor();
    await prepare(page);
    await page.waitForTimeout(1_000);
    await keep(name, await page.screenshot({ animations: 'disabled', caret: 'hide' }));
  });
}

async function keep(name, png) {
  writeFileSync(join(FOLDER, `${name}.webp`), await asWebP(png));
}

/** The browser knows how to write WebP. */
async function asWebP(png) {
  const page = await browser.newPage();
  const url = await page.evaluate(
    async ([data, quality]) => {
      const image = new Image();
      image.src = data;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', quality);
    },
    [`data:image/png;base64,${png.toString('base64')}`, QUALITY],
  );
  await page.close();
  return Buffer.from(url.split(',')[1], 'base64');
}

async function placesOf(server) {
  const { scenario } = await server.api(
    `query($id: ID!) {
      scenario(id: $id) { connectors { id slug } dataSources { id name } workflow { id } }
    }`,
    { id: SCENARIO },
  );
  const slug = 'customer_drive';
  return {
    connector: scenario.connectors.find((one) => one.slug === slug).id,
    source: scenario.dataSources.find(({ name }) => name === 'Sales Report').id,
    workflow: scenario.workflow.id,
  };
}

/** While `use` runs, a REST API is read that takes its time, as large ones do. */
async function withARunningSync(server, use) {
  const api = await slowApi({
    streams: ['parcels', 'scans', 'depots', 'carriers', 'complaints'],
    parts: 900,
    rows: 400,
    milliseconds: 200,
  });
  try {
    const id = await startSync(server, await api.connect(server, 'Parcel tracking'));
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await use(id);
  } finally {
    api.close();
  }
}
