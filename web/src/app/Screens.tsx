// What stands around every screen but the overview: messages in the corner of the page. They, and the styles of forms, tables
// and menus, are loaded with the first of those screens, so that the overview is there sooner.

import '../ui/mantine-screens.css';
import { Notifications } from '@mantine/notifications';
import { Outlet } from 'react-router';

export default function Screens() {
  return (
    <>
      <Notifications position="bottom-right" />
      <Outlet />
    </>
  );
}
