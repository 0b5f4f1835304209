// In place of a screen that failed.

import { useNavigate, useRouteError } from 'react-router';
import { PendingScreen } from '../ui/PendingScreen';

export function RouteFailure() {
  const error = useRouteError();
  const navigate = useNavigate();
  return (
    <PendingScreen
      title="This screen cannot be shown"
      error={error}
      onRetry={() => void navigate(0)}
    />
  );
}
