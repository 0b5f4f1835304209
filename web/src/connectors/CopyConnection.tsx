// The second step of a connector that is to be like another one: the other's settings are there already, its credentials are
// not, since the API gives none out.

import { useQuery } from '@apollo/client/react';
import { Empty, Failure, Loading } from '../ui/states';
import { DescribeConnection } from './DescribeConnection';
import { ConnectorToCopyDocument } from './NewConnector.generated';

interface Props {
  /** The connector that is copied. */
  id: string;
  onMade: (id: string) => void;
}

export function CopyConnection({ id, onMade }: Props) {
  const { data, error, refetch } = useQuery(ConnectorToCopyDocument, {
    variables: { id },
    fetchPolicy: 'network-only',
  });
  if (error !== undefined) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined) {
    return <Loading />;
  }
  if (data.connector === null) {
    return <Empty title="There is no such connector">It may have been deleted.</Empty>;
  }
  return <DescribeConnection type={data.connector.type} like={data.connector} onMade={onMade} />;
}
