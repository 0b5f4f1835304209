// docs/frontend.md shows our code: what it says stands in a file stands there.

import { describe, expect, test } from 'vitest';
import guide from '../../../docs/frontend.md?raw';

const files = import.meta.glob<string>(['../**/*.{ts,tsx,graphql}', '../../*.ts'], {
  import: 'default',
  query: '?raw',
});

/** Blocks of code, each with the file that its first line names and its pieces: `…` alone on a line parts them. */
const blocks = [...guide.matchAll(/```(?:ts|tsx|graphql)\n(.*)\n([\s\S]*?)\n```/g)].map(
  ([, first = '', code = '']) => ({
    file: first.replace(/^(\/\/|#) web\//, ''),
    pieces: code.split('\n…\n'),
  }),
);

test('the guide shows code', () => {
  expect(blocks.length).toBeGreaterThan(10);
});

describe.each(blocks)('$file', ({ file, pieces }) => {
  test.each(pieces)('%s', async (piece) => {
    const path = file.startsWith('src/') ? `../${file.slice('src/'.length)}` : `../../${file}`;
    const read = files[path.replace('../app/', './')];
    expect(read, `web/${file} is not there`).toBeDefined();
    expect(await read?.()).toContain(piece);
  });
});
