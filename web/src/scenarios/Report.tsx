// What the validation of a scenario found, check by check; the failed ones first.

import { useMutation } from '@apollo/client/react';
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useState } from 'react';
import { Failure } from '../ui/states';
import { Time } from '../ui/Time';
import { type ScenarioStateFragment, ValidateScenarioDocument } from './Scenarios.generated';

interface Props {
  id: string;
  validation: ScenarioStateFragment['validation'];
  onDone: () => void;
}

export function Report({ id, validation, onDone }: Props) {
  const [validate, { loading }] = useMutation(ValidateScenarioDocument, {
    variables: { scenarioId: id },
  });
  const [error, setError] = useState<unknown>();
  const checks = [...(validation?.checks ?? [])].sort(
    (one, other) => Number(one.passed) - Number(other.passed),
  );

  function run() {
    setError(undefined);
    validate().then(onDone).catch(setError);
  }

  return (
    <Card withBorder component="section" aria-label="Validation">
      <Group justify="space-between" mb="sm">
        <div>
          <Title order={2} size="h4">
            Validation
          </Title>
          {validation !== null && (
            <Text size="sm" c="dimmed">
              {validation.passed ? 'All checks passed' : 'Not all checks passed'},{' '}
              <Time time={validation.at} />
            </Text>
          )}
        </div>
        <Button variant="default" size="xs" loading={loading} onClick={run}>
          Validate
        </Button>
      </Group>
      {error !== undefined && <Failure error={error} />}
      {validation === null && <Text c="dimmed">It was not validated yet.</Text>}
      <Stack gap={6} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {checks.map(({ name, passed, detail }) => (
          <Group key={name} component="li" align="flex-start" wrap="nowrap" gap="xs">
            {passed ? (
              <IconCircleCheck
                size={18}
                color="var(--good)"
                aria-label="passed"
                style={{ flex: 'none' }}
              />
            ) : (
              <IconCircleX
                size={18}
                color="var(--bad)"
                aria-label="failed"
                style={{ flex: 'none' }}
              />
            )}
            <div>
              <Text size="sm" fw={600}>
                {name}
              </Text>
              <Text size="sm" c="dimmed" className="breaks">
                {detail}
              </Text>
            </div>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
