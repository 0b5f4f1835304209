// What stands around every screen: where one can go, and whether the connection is there.

import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconApi,
  IconChartDots3,
  IconDatabase,
  IconHome,
  IconMessageQuestion,
  IconMoon,
  IconPlug,
  IconRefresh,
  IconRoute,
  IconSettings,
  IconSun,
} from '@tabler/icons-react';
import { Suspense, useEffect } from 'react';
import { Link, Outlet, useLocation } from 'react-router';
import mark from '../ui/mark.svg';
import { PendingScreen } from '../ui/PendingScreen';
import { LiveBanner } from './LiveBanner';
import { NewToken } from './NewToken';

const PLACES = [
  { to: '/', label: 'Overview', Icon: IconHome },
  { to: '/connectors', label: 'Connectors', Icon: IconPlug },
  { to: '/syncs', label: 'Syncs', Icon: IconRefresh },
  { to: '/scenarios', label: 'Scenarios', Icon: IconChartDots3 },
  { to: '/ask', label: 'Ask', Icon: IconMessageQuestion },
  { to: '/sql', label: 'SQL', Icon: IconDatabase },
  { to: '/workflows', label: 'Workflows', Icon: IconRoute },
  { to: '/settings', label: 'Settings', Icon: IconSettings },
];

export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes whenever one has gone somewhere
  useEffect(close, [pathname]);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
            />
            <Link to="/" className="brand" aria-label="DataWeaver, overview">
              <img src={mark} alt="" width="26" height="26" />
              <Text component="span" fw={650} size="lg">
                DataWeaver
              </Text>
            </Link>
          </Group>
          <ColorSchemeSwitch />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Screens">
        <AppShell.Section grow style={{ overflowY: 'auto' }}>
          {PLACES.map(({ to, label, Icon }) => (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={label}
              active={isAt(pathname, to)}
              aria-current={isAt(pathname, to) ? 'page' : undefined}
              leftSection={<Icon size={18} stroke={1.6} aria-hidden="true" />}
            />
          ))}
        </AppShell.Section>
        <AppShell.Section>
          <NavLink
            component="a"
            href="/graphiql"
            label="GraphiQL"
            leftSection={<IconApi size={18} stroke={1.6} aria-hidden="true" />}
          />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <LiveBanner />
        <Suspense fallback={null}>
          <NewToken />
        </Suspense>
        <Suspense fallback={<PendingScreen title={placeAt(pathname)} />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

/** What the place is called that one is at. */
function placeAt(pathname: string): string {
  return PLACES.find(({ to }) => isAt(pathname, to))?.label ?? 'DataWeaver';
}

/** The overview is at `/` alone; every other place is also where its parts are. */
function isAt(pathname: string, to: string): boolean {
  return to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);
}

function ColorSchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'light' ? 'dark' : 'light';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={`Switch to ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === 'light' ? <IconMoon size={18} /> : <IconSun size={18} />}
    </ActionIcon>
  );
}
