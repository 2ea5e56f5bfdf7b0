import { Button, SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Empty } from '@/shared/ui/Empty'
import { IconHost, ShapeCheck } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { useSearchChange } from '@/shared/useSearchChange'
import classes from './ChecksPanel.module.css'
import { CheckTile, OwnTile } from './CheckTile'
import { allChecks, gravest, isOwn, isTrouble, type MonitorDocument } from './document'
import { monitorQueries } from './queries'

const route = getRouteApi('/')
/** The checks as tiles, with those first that want to be seen; those of Disparo itself are small. */
export function ChecksPanel({ document }: { document: MonitorDocument }) {
  const { t } = useText()
  const show = route.useSearch({ select: (search) => search.show })
  const { data } = useQuery(monitorQueries.history())
  const checks = allChecks(document)
  if (checks.length === 0) return <None />
  const shown = gravest(show === 'troubles' ? checks.filter(isTrouble) : checks)
  const [own, outer] = [shown.filter(isOwn), shown.filter((card) => !isOwn(card))]
  return (
    <Panel title={t.monitor.checks} side={<Choice troubles={checks.filter(isTrouble).length} />}>
      {shown.length === 0 && <Empty icon={<ShapeCheck size={32} />} title={t.monitor.noTroubles} />}
      {outer.length > 0 && (
        <div className={classes.tiles}>
          {outer.map((card) => (
            <CheckTile key={card.name} card={card} history={data?.checks[card.name]} />
          ))}
        </div>
      )}
      {own.length > 0 && (
        <>
          <h3 className={classes.own}>{t.monitor.kinds.service}</h3>
          <div className={classes.tiles}>
            {own.map((card) => (
              <OwnTile key={card.name} card={card} />
            ))}
          </div>
        </>
      )}
    </Panel>
  )
}

function None() {
  const { t } = useText()
  return (
    <Panel title={t.monitor.checks}>
      <Empty
        icon={<IconHost size={32} />}
        title={t.monitor.noChecks}
        detail={t.monitor.noChecksDetail}
      >
        <May as="operator">
          <Button renderRoot={(props) => <Link to="/checks/new" {...props} />}>
            {t.checks.new}
          </Button>
        </May>
      </Empty>
    </Panel>
  )
}

function Choice({ troubles }: { troubles: number }) {
  const { t } = useText()
  const change = useSearchChange<{ show?: 'troubles' }>()
  const show = route.useSearch({ select: (search) => search.show })
  return (
    <SegmentedControl
      size="xs"
      aria-label={t.monitor.show}
      value={show ?? 'all'}
      onChange={(value) => change({ show: value === 'troubles' ? value : undefined })}
      data={[
        { value: 'all', label: t.monitor.everything },
        { value: 'troubles', label: t.monitor.troubles(troubles) },
      ]}
    />
  )
}
