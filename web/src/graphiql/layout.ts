/** Whether the page is as narrow as a phone; graphiql.css stacks the panes at the same width. */
export function isNarrow(): boolean {
  return window.matchMedia('(max-width: 760px)').matches;
}
