// A button that offers a file in each of the formats.

import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';
import { tellFailure } from '../ui/tellFailure';
import { download, FORMATS } from './download';

interface Props {
  label: string;
  size?: 'xs' | 'sm';
  disabled?: boolean;
  /** Where the file in a format is, and what is sent there if anything is. */
  target: (format: string) => { path: string; body?: unknown };
}

export function DownloadMenu({ label, size = 'sm', disabled = false, target }: Props) {
  async function save(format: string) {
    const { path, body } = target(format);
    try {
      await download(path, body);
    } catch (failure) {
      tellFailure('No file', failure);
    }
  }

  return (
    <Menu>
      <Menu.Target>
        <Button
          size={size}
          variant="default"
          disabled={disabled}
          leftSection={<IconDownload size={size === 'xs' ? 14 : 16} aria-hidden="true" />}
          rightSection={<IconChevronDown size={14} aria-hidden="true" />}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map(({ value, label }) => (
          <Menu.Item key={value} onClick={() => void save(value)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
