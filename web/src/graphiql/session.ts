import { RecentIds } from './recentIds';

/** The ids seen since the page was opened. */
export const recentIds = new RecentIds();
