import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { DeclaredNote } from '@/shared/ui/DeclaredNote'
import { Facts } from '@/shared/ui/Facts'
import { Loaded } from '@/shared/ui/Loaded'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Question } from '@/shared/ui/Question'
import { type Source, sourceQueries, useRemoveSource } from './queries'
import { SourceForm } from './SourceForm'
import classes from './SourcePage.module.css'
import { TestPanel } from './TestPanel'
import { type Use, usesOf } from './usage'

const route = getRouteApi('/sources/$name')

/** One source: whether it is reached, and what uses it. */
export function SourcePage() {
  const { name } = route.useParams()
  const found = useQuery(sourceQueries.one(name))
  const schedules = useQuery(sourceQueries.schedules())
  const uses = usesOf(name, schedules.data?.items ?? [])
  return (
    <Page title={name} side={found.data && <Actions source={found.data} uses={uses} />}>
      <Loaded query={found}>
        {(source) => (
          <>
            {source.description && <p className={classes.about}>{source.description}</p>}
            <DeclaredNote file={source.declared_in} />
            <div className={classes.columns}>
              <About source={source} />
              <TestPanel name={name} />
            </div>
            <Uses uses={uses} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Actions({ source, uses }: { source: Source; uses: readonly Use[] }) {
  const { t } = useText()
  const [open, setOpen] = useState<'edit' | 'remove' | null>(null)
  const remove = useRemoveSource(source.name)
  const close = () => setOpen(null)
  if (source.declared_in) return null
  return (
    <May as="admin">
      <Button variant="default" onClick={() => setOpen('edit')}>
        {t.common.edit}
      </Button>
      <Button variant="default" onClick={() => setOpen('remove')}>
        {t.common.remove}
      </Button>
      {open === 'edit' && <SourceForm there={source} onClose={close} />}
      <Question
        opened={open === 'remove'}
        onClose={close}
        title={t.sources.removeQuestion(source.name)}
        yes={t.common.remove}
        onYes={() => remove.mutate()}
        isPending={remove.isPending}
        error={remove.error}
        isGrave
      >
        <p>
          {uses.length > 0
            ? t.sources.removeUsed(uses.map(({ schedule }) => schedule).join(', '))
            : t.sources.removeDetail}
        </p>
      </Question>
    </May>
  )
}

function About({ source }: { source: Source }) {
  const { t } = useText()
  return (
    <Panel title={t.sources.about}>
      <Facts
        facts={{
          [t.sources.kind]: t.sources.kinds[source.kind],
          [t.sources.connection]: t.sources.hidden,
          [t.sources.concurrency]: source.concurrency,
        }}
      />
      <p className={classes.dim}>
        {t.sources.changed} <Moment at={source.updated_at} />
      </p>
    </Panel>
  )
}

function Uses({ uses }: { uses: readonly Use[] }) {
  const { t } = useText()
  return (
    <Panel title={t.sources.usedBy}>
      {uses.length === 0 && <p className={classes.none}>{t.sources.unused}</p>}
      <ul className={classes.uses}>
        {uses.map(({ schedule, collects, delivers }) => (
          <li key={schedule}>
            <Link to="/schedules/$name" params={{ name: schedule }}>
              {schedule}
            </Link>
            <span className={classes.dim}>
              {[collects && t.sources.collects, delivers && t.sources.delivers]
                .filter(Boolean)
                .join(', ')}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
