// What one pays for the overview: refuses it where it has grown beyond its limit, and a component of Mantine whose styles
// neither `mantine.css` nor `mantine-screens.css` imports.
//
//   npm run test:first-load

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** Bytes of the page, its scripts and its styles, each compressed by gzip. */
const LIMIT = 250_000;

const { output } = await build({ logLevel: 'error', build: { write: false } });
const files = new Map(output.map((file) => [file.fileName, file]));

const needed = new Set(['index.html']);
needFrom('index.html');
needFrom('overview/OverviewRoute.tsx');
const sizes = [...needed]
  .map((name) => ({ name, bytes: gzipSync(contentOf(files.get(name))).length }))
  .sort((one, other) => other.bytes - one.bytes);
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
const heaviest = sizes.slice(0, 6).map(({ name, bytes }) => `  ${inKilobytes(bytes)}  ${name}`);
console.log(`first load: ${inKilobytes(total)}, most of it\n${heaviest.join('\n')}`);
assert.ok(total <= LIMIT, `the first load is over ${inKilobytes(LIMIT)}`);

const styled = classesIn([...files.values()].filter(({ fileName }) => fileName.endsWith('.css')));
const scripts = [...files.values()].filter(({ type }) => type === 'chunk');
const bare = [...classesIn(scripts)].filter((name) => !styled.has(name));
assert.deepEqual(bare, [], `classes of Mantine without their styles, named by ${ownersOf(bare)}`);

/** Adds the chunk that was made of a module, and all that is loaded with it. */
function needFrom(module) {
  const chunk = scriptOf(module);
  assert.ok(chunk !== undefined, `no chunk was made of ${module}`);
  add(chunk);
}

function scriptOf(module) {
  return output.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/${module}`));
}

function add(chunk) {
  if (needed.has(chunk.fileName)) {
    return;
  }
  needed.add(chunk.fileName);
  for (const name of [...chunk.viteMetadata.importedCss, ...chunk.viteMetadata.importedAssets]) {
    needed.add(name);
  }
  for (const name of chunk.imports) {
    add(files.get(name));
  }
}

function contentOf(file) {
  return file.type === 'chunk' ? file.code : file.source;
}

function inKilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/** Mantine names the classes of a component by a fingerprint. */
function classesIn(some) {
  return new Set(
    some.flatMap((file) => String(contentOf(file)).match(/\bm_[0-9a-f]{6,8}\b/g) ?? []),
  );
}

function ownersOf(names) {
  return scripts
    .filter(({ code }) => names.some((name) => code.includes(name)))
    .map(({ fileName }) => fileName)
    .join(', ');
}
