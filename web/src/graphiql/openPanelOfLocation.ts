/** Makes GraphiQL start with its documentation open when the address ends in `#docs`. */
export function openPanelOfLocation(hash: string, storage: Pick<Storage, 'setItem'>): void {
  if (hash === '#docs') {
    // GraphiQL reads the panel to open from here, before any property given to it.
    storage.setItem('graphiql:visiblePlugin', 'Documentation Explorer');
  }
}
