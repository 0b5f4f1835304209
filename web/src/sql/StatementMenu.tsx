// Saved statements and those that were run last.

import { Button, Menu, Text } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { recentStatements, savedStatements } from './statements';

interface Props {
  statement: string;
  onChoose: (statement: string) => void;
}

export function StatementMenu({ statement, onChoose }: Props) {
  // Read anew each time the menu opens.
  const [lists, setLists] = useState({ saved: [] as string[], recent: [] as string[] });
  const read = () => setLists({ saved: savedStatements.all(), recent: recentStatements.all() });
  const isSaved = lists.saved.includes(statement);

  return (
    <Menu onOpen={read} width={380}>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden="true" />}>
          Statements
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
        <Menu.Item
          disabled={statement.trim() === ''}
          onClick={() =>
            isSaved ? savedStatements.remove(statement) : savedStatements.add(statement)
          }
        >
          {isSaved ? 'Forget this one' : 'Save this one'}
        </Menu.Item>
        <Part title="Saved" statements={lists.saved} onChoose={onChoose} />
        <Part title="Run last" statements={lists.recent} onChoose={onChoose} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Part({
  title,
  statements,
  onChoose,
}: {
  title: string;
  statements: string[];
  onChoose: Props['onChoose'];
}) {
  if (statements.length === 0) {
    return null;
  }
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{title}</Menu.Label>
      {statements.map((one) => (
        <Menu.Item key={one} onClick={() => onChoose(one)}>
          <Text size="sm" ff="monospace" lineClamp={2} className="breaks">
            {one}
          </Text>
        </Menu.Item>
      ))}
    </>
  );
}
