import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { ChoiceOf, Choices } from '@/shared/ui/Choices'
import { Empty } from '@/shared/ui/Empty'
import { IconCheck, IconPlus } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { MorePages } from '@/shared/ui/MorePages'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { StateBadge } from '@/shared/ui/State'
import { useSearchChange } from '@/shared/useSearchChange'
import classes from './ChecksPage.module.css'
import { type CheckView, checkQueries, type Filters } from './queries'
import { inWords } from './target'

const route = getRouteApi('/checks')
const KINDS = ['host', 'database', 'http', 'schedule', 'disk', 'service'] as const
const STATES = ['up', 'degraded', 'down', 'paused', 'unknown'] as const

/** What is looked at, again and again, and how it stands. */
export function ChecksPage() {
  const { t } = useText()
  const filters = route.useSearch()
  const checks = useInfiniteQuery(checkQueries.list(filters))
  const add = (
    <May as="operator">
      <Button
        leftSection={<IconPlus size={16} />}
        renderRoot={(props) => <Link to="/checks/new" {...props} />}
      >
        {t.checks.new}
      </Button>
    </May>
  )
  return (
    <Page title={t.checks.title} side={add}>
      <Loaded query={checks}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items)
          return (
            <Panel title={t.checks.list} side={<Choice filters={filters} />} flush>
              {items.length > 0 ? <CheckList checks={items} /> : <None filters={filters} />}
              <MorePages query={checks} />
            </Panel>
          )
        }}
      </Loaded>
    </Page>
  )
}

function None({ filters }: { filters: Filters }) {
  const { t } = useText()
  const isFiltered = Object.values(filters).some((one) => one !== undefined)
  return (
    <Empty
      icon={<IconCheck size={32} />}
      title={isFiltered ? t.nav.nothingFound : t.monitor.noChecks}
      detail={isFiltered ? undefined : t.checks.noneDetail}
    />
  )
}

function Choice({ filters }: { filters: Filters }) {
  const { t } = useText()
  const change = useSearchChange<Filters>()
  return (
    <Choices>
      <ChoiceOf
        label={t.check.kind}
        data={KINDS.map((value) => ({ value, label: t.monitor.kinds[value] ?? value }))}
        value={filters.of}
        onChange={(of) => change({ of })}
      />
      <ChoiceOf
        label={t.check.state}
        data={STATES.map((value) => ({ value, label: t.states[value] }))}
        value={filters.is}
        onChange={(is) => change({ is })}
      />
    </Choices>
  )
}

function CheckList({ checks }: { checks: readonly CheckView[] }) {
  const { t, interval } = useText()
  return (
    <Records
      label={t.checks.title}
      items={checks}
      keyOf={(check) => check.name}
      title={{
        name: t.common.name,
        cell: ({ name }) => (
          <Link to="/checks/$name" params={{ name }}>
            {name}
          </Link>
        ),
      }}
      columns={[
        { name: t.check.state, cell: ({ state }) => <StateBadge state={state} /> },
        { name: t.check.kind, cell: ({ kind }) => t.monitor.kinds[kind] ?? kind },
        {
          name: t.check.target,
          cell: ({ spec }) =>
            spec && <span className={classes.target}>{inWords(spec.target)}</span>,
        },
        { name: t.check.every, cell: ({ spec }) => spec && interval(spec.every), isEnd: true },
        {
          name: t.monitor.lastLook,
          cell: ({ last }) => last && <Moment at={last.at} />,
          isEnd: true,
        },
      ]}
    />
  )
}
