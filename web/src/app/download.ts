// Downloads that carry the token: a link alone could not.

import { authorization, storedToken } from '../graphiql/token';

export const FORMATS = [
  { value: 'csv', label: 'CSV' },
  { value: 'jsonl', label: 'JSON lines' },
  { value: 'parquet', label: 'Parquet' },
  { value: 'arrow', label: 'Arrow' },
  { value: 'xlsx', label: 'Excel' },
] as const;

/** Saves what the server answers at a path as a file, under the name that the server gives it.
 *  Throws with the server's own words where it refuses. */
export async function download(path: string, body?: unknown): Promise<void> {
  const headers: Record<string, string> = authorization(storedToken());
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  const answer = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) {
    throw await refusal(answer);
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1];
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name ?? 'download';
  link.click();
  URL.revokeObjectURL(url);
}

/** An error with the errors of the answer, as those of GraphQL have them. */
async function refusal(answer: Response): Promise<Error> {
  const text = await answer.text();
  try {
    const { errors } = JSON.parse(text);
    return Object.assign(new Error(errors[0].message), { errors });
  } catch {
    return new Error(`${answer.status} ${answer.statusText}`);
  }
}
