// The bearer token of this tab: kept in sessionStorage only, so that closing the tab forgets it.

const KEY = 'dataweaver.token';

export function storedToken(): string {
  return sessionStorage.getItem(KEY) ?? '';
}

export function storeToken(token: string): void {
  if (token === '') {
    sessionStorage.removeItem(KEY);
  } else {
    sessionStorage.setItem(KEY, token);
  }
}

/** The headers that carry the token, over HTTP and in `connection_init` alike. */
export function authorization(token: string): Record<string, string> {
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}
