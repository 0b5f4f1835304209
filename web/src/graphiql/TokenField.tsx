// The field for the bearer token: sent with every request, kept for this tab only.

import { type FormEvent, useState } from 'react';

interface Props {
  token: string;
  onChange: (token: string) => void;
}

export function TokenField({ token, onChange }: Props) {
  const [draft, setDraft] = useState(token);

  function apply(event: FormEvent) {
    event.preventDefault();
    onChange(draft.trim());
  }

  return (
    <form className="token" onSubmit={apply} onBlur={apply}>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="optional"
        title="Bearer token; kept until this tab is closed"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
      />
    </form>
  );
}
