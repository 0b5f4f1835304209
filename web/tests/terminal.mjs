// A demo on a real terminal: what it writes is recorded, and the screen of one moment is drawn as a picture.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, hostname, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { binary } from './server.mjs';
import { browser, PATIENCE } from './visit.mjs';

/** The pictures by their names: what is run, and the moment that is shown. */
export const terminals = {
  terminal: { command: 'dataweaver demo --no-serve', choose: middleOfTheSync },
  'terminal-sql': { command: 'dataweaver demo shop --no-serve', choose: theEnd },
};

const COLUMNS = 92;
/** As many as the shop's last question, its statement and its answer take. */
const ROWS = 20;
/** Minutes within which a demo ends, by a debug build on a busy machine. */
const DEMO_MINUTES = 10;
/** Milliseconds for which a screen stands that a person sees. Shorter ones may be half drawn. */
const SEEN = 50;

/** In units of CSS; each is two pixels wide. */
const WIDTH = 828;
const FONT = { fontFamily: 'DejaVu Sans Mono, monospace', fontSize: 14, lineHeight: 1.25 };
const COLOURS = {
  background: '#12161e',
  foreground: '#eceff4',
  green: '#7ee2a8',
  cyan: '#4fd1dd',
  yellow: '#f2c97d',
  red: '#ff8f8f',
};
const OPTIONS = {
  ...FONT,
  cols: COLUMNS,
  rows: ROWS,
  theme: COLOURS,
  scrollback: 0,
  cursorInactiveStyle: 'none',
};
const STYLE = `
  body { margin: 0; width: ${WIDTH}px; }
  main { background: ${COLOURS.background}; border: 1px solid #363d4a; border-radius: 12px; overflow: hidden; }
  header { display: flex; gap: 8px; padding: 13px 16px; background: #1c222d; }
  header i { width: 12px; height: 12px; border-radius: 50%; background: #465062; }
  header span { flex: 1; margin-right: 52px; text-align: center; color: #98a2b3; font: 12px/1 ${FONT.fontFamily}; }
  #terminal { margin: 16px 24px 20px; overflow: hidden; }
`;

/** Runs a demo, and gives a PNG of a window with its terminal. */
export async function onATerminal({ command, choose }) {
  const page = await browser.newPage({
    viewport: { width: WIDTH, height: 600 },
    deviceScaleFactor: 2,
  });
  page.setDefaultTimeout(PATIENCE);
  await page.setContent(
    `<style>${STYLE}</style>
    <main><header><i></i><i></i><i></i><span>${command}</span></header><div id="terminal"></div></main>`,
  );
  const { resolve: fileOf } = createRequire(import.meta.url);
  await page.addStyleTag({ path: fileOf('@xterm/xterm/css/xterm.css') });
  await page.addScriptTag({ path: fileOf('@xterm/xterm') });

  const typed = { text: `$ ${command}\r\n`, stands: 0 };
  const pieces = [typed, ...(await recorded(command))];
  const texts = pieces.map(({ text }) => text);
  const lines = await page.evaluate(screens, [OPTIONS, texts]);
  const chosen = choose(pieces.map(({ stands }, index) => ({ stands, lines: lines[index] })));
  await page.evaluate(draw, [OPTIONS, texts.slice(0, chosen + 1).join('')]);
  const picture = await page.locator('main').screenshot({ omitBackground: true });
  await page.close();
  return picture;
}

/** What a command writes to a terminal, in the pieces in which it does, and for how many milliseconds each was the last. */
async function recorded(command) {
  assert.ok(binary, 'DATAWEAVER_TEST_BINARY names the program that is looked at');
  const folder = mkdtempSync(join(tmpdir(), 'dataweaver-'));
  const pieces = [];
  try {
    const inner = `stty cols ${COLUMNS} rows ${ROWS}; exec ${command}`;
    const demo = spawn('script', ['-q', '-e', '-f', '-c', inner, '/dev/null'], {
      cwd: folder,
      // Nothing of whoever takes the picture.
      env: {
        PATH: dirname(resolve(binary)) + delimiter + process.env.PATH,
        SHELL: '/bin/sh',
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
      },
      // At the end of its input `script` would type Ctrl-D, which the terminal shows.
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: DEMO_MINUTES * 60_000,
    });
    demo.stdout.setEncoding('utf8').on('data', (text) => pieces.push({ text, at: Date.now() }));
    const [status] = await once(demo, 'close');
    const whole = pieces.map(({ text }) => text).join('');
    assert.equal(status, 0, `${command} failed:\n${whole}`);
    for (const ours of [folder, hostname(), homedir()]) {
      assert.ok(!whole.includes(ours), `${ours} is nobody's business:\n${whole}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return pieces.map(({ text, at }, index) => ({
    text,
    stands: (pieces[index + 1]?.at ?? Number.POSITIVE_INFINITY) - at,
  }));
}

/** Which of the screens is in the middle of those on which most bars are well under way. */
function middleOfTheSync(screens) {
  const underWay = screens.map(({ stands, lines }) =>
    stands < SEEN ? 0 : lines.filter((line) => /[━─] +[1-8]\d% .*\/s/.test(line)).length,
  );
  const most = Math.max(...underWay);
  assert.ok(most > 0, 'no bar is seen under way');
  const best = screens.map((_, index) => index).filter((index) => underWay[index] === most);
  return best[Math.floor(best.length / 2)];
}

function theEnd(screens) {
  return screens.length - 1;
}

// What follows runs in the page.

/** The lines of the screen after each piece. */
async function screens([options, pieces]) {
  const terminal = new globalThis.Terminal(options);
  const found = [];
  for (const piece of pieces) {
    await new Promise((done) => terminal.write(piece, done));
    const lines = Array.from({ length: options.rows }, (_, row) =>
      terminal.buffer.active.getLine(row).translateToString(true),
    );
    found.push(lines);
  }
  return found;
}

/** Draws the screen after a text, without the empty lines below it. */
async function draw([options, text]) {
  const place = document.querySelector('#terminal');
  const terminal = new globalThis.Terminal(options);
  terminal.open(place);
  const drawn = new Promise((done) => terminal.onRender(done));
  await new Promise((done) => terminal.write(text, done));
  await drawn;
  let rows = options.rows;
  while (terminal.buffer.active.getLine(rows - 1).translateToString(true) === '') {
    rows -= 1;
  }
  place.style.height = `${(place.clientHeight / options.rows) * rows}px`;
}
