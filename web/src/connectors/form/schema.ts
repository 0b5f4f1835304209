// What a form must know of a JSON Schema: for each setting its kind, its words and its bounds.

export interface JsonSchema {
  type?: string | string[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  description?: string;
  title?: string;
  default?: unknown;
  examples?: unknown[];
  const?: unknown;
  enum?: unknown[];
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  writeOnly?: boolean;
}

export interface Choice {
  value: string;
  description: string | undefined;
}

interface Common {
  name: string;
  label: string;
  description: string | undefined;
  isRequired: boolean;
  isSecret: boolean;
  default: unknown;
}

/** A setting, by how it is asked for. `json` is what no simple input can hold. */
export type Setting = Common &
  (
    | { kind: 'text'; isLong: boolean }
    | { kind: 'number'; isWhole: boolean; minimum: number | undefined; maximum: number | undefined }
    | { kind: 'flag' }
    | { kind: 'choice'; choices: Choice[] }
    | { kind: 'texts' }
    | { kind: 'choices'; choices: Choice[] }
    | { kind: 'group'; settings: Setting[] }
    | { kind: 'json' }
  );

/** Settings whose text has many lines, such as a manifest or a key file. */
const LONG = /manifest|private_key|service_account|certificate$|pem/;

/** The settings of a schema, those that are required first. */
export function settingsOf(schema: JsonSchema, root: JsonSchema = schema): Setting[] {
  const required = new Set(schema.required ?? []);
  const settings = Object.entries(schema.properties ?? {}).map(([name, part]) =>
    settingOf(name, part, root, required.has(name)),
  );
  return [
    ...settings.filter((one) => one.isRequired),
    ...settings.filter((one) => !one.isRequired),
  ];
}

function settingOf(name: string, part: JsonSchema, root: JsonSchema, isRequired: boolean): Setting {
  const schema = resolve(part, root);
  const common: Common = {
    name,
    label: labelOf(name),
    description: (part.description ?? schema.description)?.replaceAll('\n', ' '),
    isRequired,
    isSecret: part.writeOnly === true || schema.writeOnly === true,
    default: part.default ?? schema.default,
  };
  const choices = choicesOf(schema);
  if (choices !== undefined) {
    return { ...common, kind: 'choice', choices };
  }
  switch (typeOf(schema)) {
    case 'string':
      return { ...common, kind: 'text', isLong: LONG.test(name) };
    case 'integer':
    case 'number':
      return {
        ...common,
        kind: 'number',
        isWhole: typeOf(schema) === 'integer',
        minimum: schema.minimum,
        maximum: schema.maximum,
      };
    case 'boolean':
      return { ...common, kind: 'flag' };
    case 'array': {
      const items = resolve(schema.items ?? {}, root);
      const among = choicesOf(items);
      if (among !== undefined) {
        return { ...common, kind: 'choices', choices: among };
      }
      return { ...common, kind: typeOf(items) === 'string' ? 'texts' : 'json' };
    }
    case 'object':
      return schema.properties === undefined
        ? { ...common, kind: 'json' }
        : { ...common, kind: 'group', settings: settingsOf(schema, root) };
    default:
      return { ...common, kind: 'json' };
  }
}

/** Follows references, and what may be null as if it might not: an absent setting says the same. */
function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/$defs/', '');
    return resolve(root.$defs?.[name] ?? {}, root);
  }
  const parts = schema.anyOf?.filter((part) => part.type !== 'null') ?? [];
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? resolve(only, root) : schema;
}

function typeOf(schema: JsonSchema): string | undefined {
  return Array.isArray(schema.type) ? schema.type.find((type) => type !== 'null') : schema.type;
}

function choicesOf(schema: JsonSchema): Choice[] | undefined {
  if (schema.enum?.every((value) => typeof value === 'string')) {
    return schema.enum.map((value) => ({ value: String(value), description: undefined }));
  }
  const parts = schema.oneOf?.filter((part) => part.type !== 'null') ?? [];
  if (parts.length === 0 || !parts.every((part) => typeof part.const === 'string')) {
    return undefined;
  }
  return parts.map((part) => ({ value: String(part.const), description: part.description }));
}

/** `base_url` as `Base URL`. */
export function labelOf(name: string): string {
  const words = name
    .replaceAll('_', ' ')
    .replace(/\b(url|id|ids|api|html|tls|ca|mib)\b/g, (word) => KNOWN[word] ?? word);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const KNOWN: Record<string, string> = {
  url: 'URL',
  id: 'id',
  ids: 'ids',
  api: 'API',
  html: 'HTML',
  tls: 'TLS',
  ca: 'CA',
  mib: 'MiB',
};
