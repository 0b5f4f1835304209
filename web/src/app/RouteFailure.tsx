// In place of a screen that failed.

import { useNavigate, useRouteError } from 'react-router';
import { Failure } from '../ui/states';

export function RouteFailure() {
  const error = useRouteError();
  const navigate = useNavigate();
  return <Failure error={error} onRetry={() => void navigate(0)} />;
}
