import { Anchor, Button, CopyButton, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Panel } from '@/shared/ui/Panel'
import { Printed } from '@/shared/ui/Printed'
import classes from './AsYaml.module.css'
import { scheduleQueries } from './queries'

/** A schedule as a file, which `disparo apply` takes back. */
export function AsYaml({ name, revision }: { name: string; revision: number }) {
  const { t } = useText()
  const [isOpen, setOpen] = useState(false)
  const found = useQuery({ ...scheduleQueries.yaml(name, revision), enabled: isOpen })
  const file = `/schedules/${encodeURIComponent(name)}/export`
  return (
    <Panel
      title={t.schedules.yaml}
      side={
        <div className={classes.tools}>
          {found.data && (
            <CopyButton value={found.data}>
              {({ copied, copy }) => (
                <Button size="xs" variant="default" onClick={copy}>
                  {copied ? t.asYaml.copied : t.asYaml.copy}
                </Button>
              )}
            </CopyButton>
          )}
          <Anchor href={file} download={`${name}.yaml`} size="sm">
            {t.asYaml.download}
          </Anchor>
          <Button
            size="xs"
            variant="default"
            aria-expanded={isOpen}
            onClick={() => setOpen((before) => !before)}
          >
            {isOpen ? t.asYaml.hide : t.asYaml.show}
          </Button>
        </div>
      }
      flush={isOpen}
    >
      {!isOpen && <p className={classes.hint}>{t.asYaml.hint}</p>}
      {isOpen && found.isPending && <Skeleton height={200} radius={0} />}
      {found.isError && <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />}
      {isOpen && found.data && <Printed>{found.data}</Printed>}
    </Panel>
  )
}
