// What somebody had written before another text took its place in the editor.

import { Button, Card, Code, Group, Title } from '@mantine/core';

interface Props {
  text: string;
  onPutBack: () => void;
}

export function PutAside({ text, onPutBack }: Props) {
  return (
    <Card withBorder component="section" aria-label="What you had written">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          What you had written
        </Title>
        <Button variant="default" size="xs" onClick={onPutBack}>
          Put it back
        </Button>
      </Group>
      <Code block mah="40vh" style={{ overflow: 'auto' }}>
        {text}
      </Code>
    </Card>
  );
}
