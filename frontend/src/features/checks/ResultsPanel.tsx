import { SegmentedControl } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { Loaded } from '@/shared/ui/Loaded'
import { MorePages } from '@/shared/ui/MorePages'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { Sparkline } from '@/shared/ui/Sparkline'
import { StateBadge } from '@/shared/ui/State'
import { useSearchChange } from '@/shared/useSearchChange'
import { checkQueries, type Width } from './queries'
import classes from './ResultsPanel.module.css'

const route = getRouteApi('/checks/$name')
const WIDTHS: Width[] = ['raw', 'hour', 'day']
type Look = Schemas['Look']
type Rollup = Schemas['Rollup']

/** What looks found: each one, or by hour or day. */
export function ResultsPanel({ name }: { name: string }) {
  const { t } = useText()
  const { by = 'raw' } = route.useSearch()
  const results = useInfiniteQuery(checkQueries.results(name, by))
  return (
    <Panel title={t.checks.results} side={<Choice by={by} />} flush>
      <Loaded query={results} height={200}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items as (Look | Rollup)[])
          if (items.length === 0) return <p className={classes.none}>{t.checks.noResults}</p>
          return (
            <>
              {by === 'raw' ? (
                <Looks looks={items as Look[]} />
              ) : (
                <Rollups rollups={items as Rollup[]} />
              )}
              <MorePages query={results} />
            </>
          )
        }}
      </Loaded>
    </Panel>
  )
}

function Choice({ by }: { by: Width }) {
  const { t } = useText()
  const change = useSearchChange<{ by?: Width }>()
  return (
    <SegmentedControl
      size="xs"
      aria-label={t.checks.results}
      data={WIDTHS.map((value) => ({ value, label: t.checks.widths[value] }))}
      value={by}
      onChange={(value) => change({ by: value === 'raw' ? undefined : (value as Width) })}
    />
  )
}

function Looks({ looks }: { looks: readonly Look[] }) {
  const { t, took } = useText()
  return (
    <>
      <div className={classes.line}>
        <Sparkline
          values={[...looks].reverse().map(({ seconds }) => seconds)}
          label={t.checks.latencies}
        />
      </div>
      <Records
        label={t.checks.results}
        items={looks}
        keyOf={(look) => look.at}
        title={{ name: t.checks.at, cell: (look) => <Moment at={look.at} /> }}
        columns={[
          { name: t.check.state, cell: (look) => <StateBadge state={look.state} /> },
          { name: t.checks.found, cell: (look) => look.warning ?? look.detail },
          { name: t.checks.seconds, cell: (look) => took(look.seconds), isEnd: true },
        ]}
      />
    </>
  )
}

function Rollups({ rollups }: { rollups: readonly Rollup[] }) {
  const { t, took, short, number, percent } = useText()
  return (
    <Records
      label={t.checks.results}
      items={rollups}
      keyOf={(one) => one.start}
      title={{ name: t.checks.from, cell: (one) => short(one.start) }}
      columns={[
        { name: t.checks.looks, cell: (one) => number(one.looks), isEnd: true },
        { name: t.checks.failures, cell: (one) => number(one.failures), isEnd: true },
        {
          name: t.checks.uptime,
          cell: ({ uptime }) => typeof uptime === 'number' && percent(uptime, 1),
          isEnd: true,
        },
        { name: t.checks.mean, cell: (one) => took(one.mean_seconds), isEnd: true },
        { name: t.checks.longest, cell: (one) => took(one.max_seconds), isEnd: true },
      ]}
    />
  )
}
