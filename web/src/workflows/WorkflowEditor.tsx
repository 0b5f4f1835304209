// All of a workflow as a text, to be changed and saved. What the API refuses is shown at the text.

import { Button, Card, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { lazy, type ReactNode, Suspense, useEffect, useEffectEvent, useState } from 'react';
import { Link, Navigate } from 'react-router';
import { describeError } from '../ui/describeError';
import { KeepUnsaved } from '../ui/KeepUnsaved';
import { PageHeader } from '../ui/PageHeader';
import { Failure } from '../ui/states';

const YamlEditor = lazy(() => import('./YamlEditor'));

interface Props {
  title: string;
  above: { title: string; to: string }[];
  description: ReactNode;
  /** The text to begin with. */
  initial: string;
  saveLabel: string;
  /** Whether it cannot be saved now. */
  isLocked?: boolean;
  /** Where one goes without saving. */
  back: string;
  /** Saves the text, and gives the page of the workflow. What it throws is shown. */
  onSave: (yaml: string) => Promise<string>;
  /** What is to be known before one saves. */
  children?: ReactNode;
}

export function WorkflowEditor({
  title,
  above,
  description,
  initial,
  saveLabel,
  isLocked = false,
  back,
  onSave,
  children,
}: Props) {
  // What another reading of the workflow brings does not replace what is written here.
  const [begun] = useState(initial);
  const [text, setText] = useState(begun);
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>();
  const [saved, setSaved] = useState<string>();

  async function save() {
    if (isSaving || isLocked) {
      return;
    }
    setSaving(true);
    setError(undefined);
    try {
      setSaved(await onSave(text));
      notifications.show({ color: 'green', message: 'Saved' });
    } catch (failure) {
      setError(failure);
    } finally {
      setSaving(false);
    }
  }

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 's') {
      // The browser would save the page.
      event.preventDefault();
      void save();
    }
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  if (saved !== undefined) {
    return <Navigate to={saved} replace />;
  }
  return (
    <>
      <KeepUnsaved isUnsaved={text !== begun} />
      <PageHeader title={title} above={above} description={description}>
        <Button component={Link} to={back} replace variant="default">
          Discard
        </Button>
        <Button
          loading={isSaving}
          disabled={isLocked}
          title="Ctrl-S"
          aria-keyshortcuts="Control+S Meta+S"
          onClick={() => void save()}
        >
          {saveLabel}
        </Button>
      </PageHeader>
      <Stack>
        {children}
        {error !== undefined && (
          <Failure error={error} withField={describeError(error).field !== 'yaml'} />
        )}
        <Card withBorder p={0}>
          <Suspense fallback={<Loader m="md" aria-label="Loading the editor" />}>
            <YamlEditor initial={begun} error={error} onChange={setText} />
          </Suspense>
        </Card>
        <Text size="xs" c="dimmed">
          Tab indents; Esc and then Tab leaves the text.
        </Text>
      </Stack>
    </>
  );
}
