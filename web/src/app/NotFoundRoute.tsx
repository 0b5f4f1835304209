// An address that no screen has.

import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { Empty } from '../ui/states';

export default function NotFoundRoute() {
  return (
    <Empty
      title="There is nothing here"
      action={
        <Anchor component={Link} to="/">
          To the overview
        </Anchor>
      }
    >
      The address is not one of the dashboard's, or what was there has been deleted.
    </Empty>
  );
}
