import { Code, Select, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Lines, Plot } from '@/shared/plots'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconSpark } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { useSearchChange } from '@/shared/useSearchChange'
import { Calibration } from './Calibration'
import { Confusion } from './Confusion'
import { figureOf, spansOf, versionsOf } from './outcomes'
import classes from './Performance.module.css'
import { modelQueries } from './queries'

const route = getRouteApi('/models/$name')
const DAYS = [7, 30, 90, 365] as const
const PARTS = 30
const HOUR_MS = 3_600_000
type Figures = Schemas['VersionPerformance']

/** How good versions are by what turned out to be true. */
export function Performance() {
  const { t } = useText()
  const { name } = route.useParams()
  const { days = 30, version } = route.useSearch()
  const choose = useSearchChange<{ days?: number; version?: number }>()
  const since = useMemo(() => sinceOf(days), [days])
  const found = useQuery(modelQueries.performance(name, since))
  const versions = found.data?.versions ?? []
  const judged = versions.find((one) => one.version === version && one.kind === 'live')
  const shown = judged ?? versions.find((one) => one.kind === 'live') ?? versions[0]
  return (
    <>
      <div className={classes.choice}>
        <Select
          aria-label={t.models.time}
          data={DAYS.map((one) => ({ value: String(one), label: t.models.lastDays(one) }))}
          value={String(days)}
          allowDeselect={false}
          onChange={(value) => choose({ days: Number(value) })}
        />
      </div>
      {found.isPending && <Skeleton height={320} radius="lg" />}
      {found.isError && !found.data && (
        <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.isSuccess && versions.length === 0 && <NoOutcomes />}
      {shown && (
        <>
          <Panel title={t.models.byVersion} flush>
            <ByVersion versions={versions} />
          </Panel>
          <Panel title={t.models.overTime}>
            <OverTime name={name} since={since} />
          </Panel>
          <Judged shown={shown} versions={versions} onChoose={(one) => choose({ version: one })} />
        </>
      )}
    </>
  )
}

/** To the hour, so that what was read is of use when one comes back. */
function sinceOf(days: number): string {
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
  return new Date(hour - days * 24 * HOUR_MS).toISOString()
}

function NoOutcomes() {
  const { t } = useText()
  return (
    <Empty
      icon={<IconSpark size={32} />}
      title={t.models.noOutcomes}
      detail={t.models.noOutcomesDetail}
      command="disparo predictions outcome ID LABEL"
    >
      <Code block className={classes.code}>
        {'PUT /showroom/predictions/{id}/outcome\n{"outcome": "late"}'}
      </Code>
    </Empty>
  )
}

function ByVersion({ versions }: { versions: readonly Figures[] }) {
  const { t, number, percent, digits } = useText()
  const columns = [
    { name: t.models.outcomes, cell: (one: Figures) => number(one.outcomes) },
    { name: t.models.accuracy, cell: (one: Figures) => told(one.accuracy, percent) },
    { name: t.models.brier, cell: (one: Figures) => told(one.brier, digits) },
    { name: t.models.mae, cell: (one: Figures) => told(one.mae, digits) },
    { name: t.models.rmse, cell: (one: Figures) => told(one.rmse, digits) },
    { name: t.models.bias, cell: (one: Figures) => told(one.bias, digits) },
  ].filter(({ cell }) => versions.some((one) => cell(one) !== ''))
  return (
    <Records
      label={t.models.byVersion}
      items={versions}
      keyOf={({ version, kind }) => `${version} ${kind}`}
      title={{
        name: t.showroom.versionLabel,
        cell: ({ version, kind }) =>
          [t.showroom.version(version), kind !== 'live' && (t.showroom.kinds[kind] ?? kind)]
            .filter(Boolean)
            .join(' · '),
      }}
      columns={columns.map((one) => ({ ...one, isEnd: true }))}
    />
  )
}

function told(value: number | null | undefined, write: (one: number) => string): string {
  return typeof value === 'number' ? write(value) : ''
}

function OverTime({ name, since }: { name: string; since: string }) {
  const { t, digits, percent, language } = useText()
  const day = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' })
  const series = useQuery(modelQueries.series(name, since, PARTS))
  if (series.isPending) return <Skeleton height={240} />
  if (series.isError) {
    return <ErrorPanel error={series.error} onRetry={() => void series.refetch()} />
  }
  const figure = figureOf(series.data)
  const versions = versionsOf(series.data)
  const points = spansOf(series.data, figure, (at) => day.format(new Date(at)))
  const write = (value: number) => (figure === 'accuracy' ? percent(value, 0) : digits(value))
  const lines = versions.map((one) => ({ name: `v${one}`, label: t.showroom.version(one) }))
  return (
    <Plot
      title={t.models[figure]}
      detail={t.models.overTimeDetail}
      table={{
        head: [t.models.at, ...lines.map((one) => one.label)],
        rows: points.map((one) => [
          String(one.at),
          ...lines.map(({ name: key }) => told(one[key] as number | null, write) || '–'),
        ]),
      }}
    >
      <Lines
        points={points}
        across="at"
        series={lines}
        format={write}
        isShare={figure === 'accuracy'}
      />
    </Plot>
  )
}

interface JudgedProps {
  shown: Figures
  versions: readonly Figures[]
  onChoose: (version: number) => void
}

/** One version in detail: what it takes for what, and whether its probabilities come true. */
function Judged({ shown, versions, onChoose }: JudgedProps) {
  const { t } = useText()
  const live = versions.filter((one) => one.kind === 'live')
  if (shown.classes?.length === 0 && (shown.calibration ?? []).length === 0) return null
  return (
    <Panel
      title={t.models.judged(shown.version)}
      side={
        live.length > 1 && (
          <Select
            size="xs"
            aria-label={t.showroom.versionLabel}
            data={live.map((one) => ({
              value: String(one.version),
              label: t.showroom.version(one.version),
            }))}
            value={String(shown.version)}
            allowDeselect={false}
            onChange={(value) => onChoose(Number(value))}
          />
        )
      }
    >
      <div className={classes.judged}>
        <Confusion figures={shown} />
        <Calibration figures={shown} />
      </div>
    </Panel>
  )
}
