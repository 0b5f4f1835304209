// An address that no screen has.

import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { PageHeader } from '../ui/PageHeader';

export default function NotFoundRoute() {
  return (
    <>
      <PageHeader
        title="There is nothing here"
        description="The address is not one of the dashboard's, or what was there has been deleted."
      />
      <Anchor component={Link} to="/">
        To the overview
      </Anchor>
    </>
  );
}
