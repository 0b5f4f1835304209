// The committed schema, executed over what a test has made up: whatever a document asks that the schema does not have is
// refused, and whatever the test leaves out is empty.

import {
  buildSchema,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
} from 'graphql';
import sdl from '../../../schema.graphql?raw';

export const schema = buildSchema(sdl);

/** When everything has happened that a test gives no time. */
export const NOON = '2026-11-27T12:00:00Z';

/** Some fields of an object, as a test gives them. A field may be a function of its arguments, and a connection the list of
 *  its nodes. */
export type Parts<T> = T extends { edges: readonly { node: infer Node }[] }
  ? readonly Parts<Node>[]
  : T extends readonly (infer Item)[]
    ? readonly Parts<Item>[]
    : T extends object
      ? { [Field in keyof T]?: Part<T[Field]> }
      : T;

type Part<T> = Parts<T> | ((args: never) => Parts<T> | Promise<Parts<T>>);

type Args = Record<string, unknown>;

export const resolve: GraphQLFieldResolver<unknown, unknown, Args> = async (
  source,
  args,
  _,
  { fieldName, returnType, parentType },
) => {
  const given = (source as Record<string, unknown> | undefined)?.[fieldName];
  const value: unknown = await (typeof given === 'function' ? given(args) : given);
  if (value === undefined) {
    return otherwise(returnType, `${parentType.name}.${fieldName}`);
  }
  const isConnection = String(getNullableType(returnType)).endsWith('Connection');
  return isConnection && Array.isArray(value) ? page(value, args) : value;
};

/** What a field is of which the test says nothing. */
function otherwise(type: GraphQLOutputType, name: string): unknown {
  if (!isNonNullType(type)) {
    return null;
  }
  const inner = type.ofType;
  if (isListType(inner)) {
    return [];
  }
  if (isEnumType(inner)) {
    return inner.getValues()[0]?.name;
  }
  if (isScalarType(inner)) {
    const plain: Record<string, unknown> = { Boolean: false, DateTime: NOON, JSON: {} };
    const isNumber = ['Int', 'Float', 'BigInt'].includes(inner.name);
    return inner.name in plain ? plain[inner.name] : isNumber ? 0 : name;
  }
  return inner.name.endsWith('Connection') ? page([], {}) : {};
}

/** A page of a list; the cursor of a row is its place. */
function page(all: readonly unknown[], { first, after }: Args) {
  const begin = typeof after === 'string' ? Number(after) + 1 : 0;
  const nodes = all.slice(begin, typeof first === 'number' ? begin + first : undefined);
  const end = begin + nodes.length;
  return {
    nodes,
    edges: nodes.map((node, place) => ({ node, cursor: String(begin + place) })),
    totalCount: all.length,
    pageInfo: { hasNextPage: end < all.length, endCursor: String(end - 1) },
  };
}
