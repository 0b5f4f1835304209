// Types and documents of every operation, beside the file that holds it. `npm run codegen` writes them before each build,
// test and type check; they are not committed.

import type { CodegenConfig } from '@graphql-codegen/cli';

const scalars = {
  ID: 'string',
  DateTime: 'string',
  BigInt: 'number',
  JSON: 'unknown',
};

const config: CodegenConfig = {
  schema: process.env.DATAWEAVER_SCHEMA ?? '../schema.graphql',
  documents: ['src/**/*.graphql', '!src/examples/**'],
  generates: {
    'src/': {
      preset: 'near-operation-file',
      presetConfig: { extension: '.generated.ts', baseTypesPath: 'schema.generated.ts' },
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        // Apollo Client masks what a component did not ask for itself.
        inlineFragmentTypes: 'mask',
        customDirectives: { apolloUnmask: true },
        useTypeImports: true,
        scalars,
        strictScalars: true,
        enumsAsTypes: true,
      },
    },
    'src/schema.generated.ts': {
      plugins: ['typescript'],
      config: { scalars, strictScalars: true, enumsAsTypes: true },
    },
  },
};

export default config;
