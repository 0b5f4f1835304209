// Every screen by its address. A screen is loaded when it is first opened.

import type { RouteObject } from 'react-router';
import { Loading } from '../ui/states';
import { RouteFailure } from './RouteFailure';
import { Shell } from './Shell';

type Screen = () => Promise<{ default: React.ComponentType }>;

function screen(path: string, load: Screen): RouteObject {
  return {
    path,
    errorElement: <RouteFailure />,
    lazy: async () => ({ Component: (await load()).default }),
  };
}

export const screens: RouteObject[] = [
  {
    element: <Shell />,
    hydrateFallbackElement: <Loading />,
    errorElement: <RouteFailure />,
    children: [
      screen('/', () => import('../overview/OverviewRoute')),
      {
        lazy: async () => ({ Component: (await import('./Screens')).default }),
        children: [
          screen('/connectors', () => import('../connectors/ConnectorsRoute')),
          screen('/connectors/new', () => import('../connectors/NewConnectorRoute')),
          screen('/connectors/:id', () => import('../connectors/ConnectorRoute')),
          screen('/sources/:id', () => import('../sources/SourceRoute')),
          screen('/syncs', () => import('../syncs/SyncsRoute')),
          screen('/syncs/:id', () => import('../syncs/SyncRoute')),
          screen('/scenarios', () => import('../scenarios/ScenariosRoute')),
          screen('/scenarios/:id', () => import('../scenarios/ScenarioRoute')),
          screen('/ask', () => import('../ask/AskRoute')),
          screen('/workflows', () => import('../workflows/WorkflowsRoute')),
          screen('/workflows/new', () => import('../workflows/NewWorkflowRoute')),
          screen('/workflows/:id/edit', () => import('../workflows/EditWorkflowRoute')),
          screen('/workflows/:id', () => import('../workflows/WorkflowRoute')),
          screen('/sql', () => import('../sql/SqlRoute')),
          screen('/settings', () => import('../settings/SettingsRoute')),
          screen('*', () => import('./NotFoundRoute')),
        ],
      },
    ],
  },
];
