// Setting a connector up: what it is, how to reach it, what to read, and when. The address keeps the connector that was
// made, so that a reload goes on with it, or the one that is copied.

import { Stepper } from '@mantine/core';
import { useSearchParams } from 'react-router';
import type { ConnectorType } from '../schema.generated';
import { PageHeader } from '../ui/PageHeader';
import { ChooseSources } from './ChooseSources';
import { ChooseType } from './ChooseType';
import { CopyConnection } from './CopyConnection';
import { DescribeConnection } from './DescribeConnection';
import { FirstSync } from './FirstSync';
import { TYPES } from './types';

export default function NewConnectorRoute() {
  const [params, setParams] = useSearchParams();
  const type = TYPES.find((one) => one === params.get('type'));
  const id = params.get('connector');
  const copied = params.get('copy');
  const isChosen = params.get('step') === 'sync';
  const isKnown = type !== undefined || copied !== null;
  const step = id !== null ? (isChosen ? 3 : 2) : isKnown ? 1 : 0;

  function go(next: { type?: ConnectorType; connector?: string; step?: string }) {
    setParams(next as Record<string, string>);
  }

  return (
    <>
      <PageHeader title="Connect a source" above={[{ title: 'Connectors', to: '/connectors' }]} />
      <Stepper
        active={step}
        onStepClick={(chosen) => {
          if (chosen === 0) {
            go({});
          } else if (id !== null) {
            go(chosen <= 2 ? { connector: id } : { connector: id, step: 'sync' });
          }
        }}
        size="sm"
        mb="xl"
      >
        <Stepper.Step label="System" allowStepSelect={id === null} />
        <Stepper.Step label="Connection" allowStepSelect={false} />
        <Stepper.Step label="Data sources" allowStepSelect={id !== null} />
        <Stepper.Step label="Schedule" allowStepSelect={id !== null} />
      </Stepper>
      {step === 0 && <ChooseType onChoose={(chosen) => go({ type: chosen })} />}
      {step === 1 && type !== undefined && (
        <DescribeConnection key={type} type={type} onMade={(made) => go({ connector: made })} />
      )}
      {step === 1 && copied !== null && (
        <CopyConnection key={copied} id={copied} onMade={(made) => go({ connector: made })} />
      )}
      {step === 2 && id !== null && (
        <ChooseSources id={id} onDone={() => go({ connector: id, step: 'sync' })} />
      )}
      {step === 3 && id !== null && <FirstSync id={id} />}
    </>
  );
}
