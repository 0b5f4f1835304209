// An error of the API in words: its message, its code, and what to do where the API says so.

export interface DescribedError {
  message: string;
  code?: string;
  /** The argument that was wrong. */
  field?: string;
  hint?: string;
  /** Where in the text that was given, both from 1; the column in characters. */
  line?: number;
  column?: number;
  /** When what was to be changed was changed last, where it is no more as it was read. */
  updatedAt?: string;
}

interface GraphQLErrorLike {
  message: string;
  extensions?: Omit<DescribedError, 'message'>;
}

/** Takes whatever was thrown: errors of GraphQL answers, of the network, or anything else. */
export function describeError(error: unknown): DescribedError {
  const first = graphQLErrors(error)[0];
  if (first !== undefined) {
    const { code, hint, field, line, column, updatedAt } = first.extensions ?? {};
    return {
      message: first.message,
      ...(code === undefined ? {} : { code }),
      ...(hint === undefined ? {} : { hint }),
      ...(field === undefined ? {} : { field }),
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      ...(updatedAt === undefined ? {} : { updatedAt }),
    };
  }
  if (isUnreachable(error)) {
    return { message: 'The server could not be reached.', hint: 'Is DataWeaver still running?' };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

/** Whether no answer came at all: the server is not there, or the network is not. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError;
}

/** What an error says of one argument; nothing where it is about another, or there is none. */
export function messageFor(field: string, error: unknown): string | undefined {
  if (error === undefined) {
    return undefined;
  }
  const described = describeError(error);
  return described.field === field ? described.message : undefined;
}

function graphQLErrors(error: unknown): GraphQLErrorLike[] {
  if (typeof error !== 'object' || error === null) {
    return [];
  }
  if ('errors' in error && Array.isArray(error.errors)) {
    return error.errors;
  }
  // Refusals before the request is executed, such as 401: the answer's body has the errors.
  if ('bodyText' in error && typeof error.bodyText === 'string') {
    try {
      return JSON.parse(error.bodyText).errors ?? [];
    } catch {
      return [];
    }
  }
  return [];
}
