// Says in the corner of the page that something did not work, for what has no place of its own on the screen.

import { notifications } from '@mantine/notifications';
import { describeError } from './describeError';

export function tellFailure(title: string, failure: unknown): void {
  notifications.show({ color: 'red', title, message: describeError(failure).message });
}
