import { Select, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Columns, Lines, Plot } from '@/shared/plots'
import { Moment } from '@/shared/time/Moment'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconPulse } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { StateBadge } from '@/shared/ui/State'
import { useSearchChange } from '@/shared/useSearchChange'
import classes from './Drift.module.css'
import { DriftInputs } from './DriftInputs'
import { binsOf, labelsOf, MOST_LINES, ratesOf } from './looks'
import { modelQueries, type Version } from './queries'

const route = getRouteApi('/models/$name')
type Look = Schemas['ModelHealth']

/** How far what is asked, and what is answered, is from the sample that a version came with. */
export function Drift({ versions }: { versions: readonly Version[] }) {
  const { t } = useText()
  const { name } = route.useParams()
  const { version, origin = 'requests' } = route.useSearch()
  const choose = useSearchChange<{ version?: number; origin?: typeof origin }>()
  const shown = version ?? versions.find((one) => one.live)?.number ?? versions[0]?.number ?? 1
  const health = useQuery(modelQueries.health(name, shown, origin))
  const looks = health.data?.items.toReversed() ?? []
  const newest = looks.at(-1)
  return (
    <>
      <div className={classes.choice}>
        <Select
          aria-label={t.showroom.versionLabel}
          data={versions.map((one) => ({
            value: String(one.number),
            label: one.live ? t.showroom.live(one.number) : t.showroom.version(one.number),
          }))}
          value={String(shown)}
          allowDeselect={false}
          onChange={(value) => choose({ version: Number(value) })}
        />
        <Select
          aria-label={t.models.origin}
          data={(['requests', 'dispatches'] as const).map((value) => ({
            value,
            label: t.models.origins[value],
          }))}
          value={origin}
          allowDeselect={false}
          onChange={(value) => choose({ origin: value as typeof origin })}
        />
      </div>
      {health.isPending && <Skeleton height={320} radius="lg" />}
      {health.isError && !health.data && (
        <ErrorPanel error={health.error} onRetry={() => void health.refetch()} />
      )}
      {health.isSuccess && !newest && (
        <Empty
          icon={<IconPulse size={32} />}
          title={t.models.noLook}
          detail={origin === 'requests' ? t.models.noLookDetail : t.models.noLookOfRows}
          command={
            origin === 'requests'
              ? `disparo models health ${name} --version ${shown} --compute`
              : undefined
          }
        />
      )}
      {newest && (
        <>
          <Standing look={newest} />
          <Answers looks={looks} newest={newest} />
          <DriftInputs looks={looks} newest={newest} />
        </>
      )}
    </>
  )
}

function Standing({ look }: { look: Look }) {
  const { t, short, number } = useText()
  const drifted = [...look.inputs, ...(look.answers ? [look.answers] : [])].filter(
    (one) => (one.signs ?? []).length > 0,
  )
  return (
    <p className={classes.standing}>
      <StateBadge state={look.state} />
      <span>
        {look.state === 'unknown' && t.models.tooFew}
        {look.state === 'well' && t.models.allWell}
        {look.state === 'drifted' && t.models.driftedOf(drifted.map((one) => one.name).join(', '))}
      </span>
      <span className={classes.dim}>
        {t.models.looked(number(look.cases), number(look.sample_cases))} · {short(look.since)} –{' '}
        {short(look.until)} · <Moment at={look.computed_at} />
      </span>
    </p>
  )
}

/** How often each label was answered; of a regressor, how its values lie. */
function Answers({ looks, newest }: { looks: Look[]; newest: Look }) {
  const { t, percent, short } = useText()
  const labels = labelsOf(newest)
  const series = labels.map((label) => ({ name: label, label }))
  const at = (look: Look) => short(look.computed_at)
  const share = (part: number) => percent(part, 0)
  const bins = binsOf(newest.answers)
  if (labels.length === 0 && bins.length === 0) return null
  return (
    <Panel title={t.models.answersPanel}>
      <div className={classes.plots}>
        {labels.length > 0 && (
          <Plot
            title={t.models.rates}
            detail={
              newest.labels.length > MOST_LINES ? t.models.mostFrequent(MOST_LINES) : undefined
            }
            table={{
              head: [t.models.at, ...labels],
              rows: looks.map((look) => [
                at(look),
                ...Object.values(ratesOf(look, labels)).map((rate) => percent(rate)),
              ]),
            }}
          >
            <Lines
              points={looks.map((look) => ({ at: at(look), ...ratesOf(look, labels) }))}
              across="at"
              series={series}
              format={share}
              isShare
              isNamed
            />
          </Plot>
        )}
        {bins.length > 0 && (
          <Plot
            title={t.models.againstSample}
            detail={t.models.psiIs(newest.answers?.psi)}
            table={{
              head: [t.models.value, t.models.ofSample, t.models.ofRecent],
              rows: bins.map((bin) => [bin.name, percent(bin.sample), percent(bin.recent)]),
            }}
          >
            <Columns
              points={bins}
              across="name"
              series={[
                { name: 'sample', label: t.models.ofSample },
                { name: 'recent', label: t.models.ofRecent },
              ]}
              format={share}
            />
          </Plot>
        )}
      </div>
    </Panel>
  )
}
