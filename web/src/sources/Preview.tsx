// The first rows of a lake table.

import { useQuery } from '@apollo/client/react';
import { DataGrid } from '../ui/DataGrid';
import { Empty, Failure, Loading } from '../ui/states';
import { SourcePreviewDocument } from './Source.generated';

export function Preview({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(SourcePreviewDocument, {
    variables: { id },
    fetchPolicy: 'no-cache',
  });
  const preview = data?.dataSource?.preview;
  if (error !== undefined) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (preview === undefined) {
    return <Loading />;
  }
  if (preview.rows.length === 0) {
    return <Empty title="The table is empty">It was read, and had no rows.</Empty>;
  }
  return <DataGrid columns={preview.columns} rows={preview.rows} label="First rows" height={600} />;
}
