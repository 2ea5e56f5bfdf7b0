import { Button, Drawer, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Facts, named } from '@/shared/ui/Facts'
import { IconPause, IconPlay, IconRefresh } from '@/shared/ui/icons'
import { StateBadge } from '@/shared/ui/State'
import classes from './CheckDrawer.module.css'
import { allChecks, type CheckCard, type MonitorDocument } from './document'
import { Flips } from './Flips'
import { monitorQueries, useCheckSwitch, useLookNow } from './queries'

const route = getRouteApi('/')

/** One check in full, beside the Monitor: why it is as it is, and what can be done. */
export function CheckDrawer({ document }: { document: MonitorDocument }) {
  const { t } = useText()
  const name = route.useSearch({ select: (search) => search.check })
  const navigate = route.useNavigate()
  const close = () =>
    void navigate({ search: (before) => ({ ...before, check: undefined }), resetScroll: false })
  const card = allChecks(document).find((one) => one.name === name)
  return (
    <Drawer
      opened={name !== undefined}
      onClose={close}
      position="right"
      size="lg"
      title={<strong>{name}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      {name !== undefined && <Details name={name} card={card} />}
    </Drawer>
  )
}

function Details({ name, card }: { name: string; card: CheckCard | undefined }) {
  const { t, interval } = useText()
  const check = useQuery(monitorQueries.check(name))
  if (check.isPending) return <Skeleton height={240} />
  if (check.isError) return <ErrorPanel error={check.error} onRetry={() => void check.refetch()} />
  const { spec, declared_in: file, fault, last } = check.data
  const { state, detail, since } = card ?? check.data
  return (
    <div className={classes.details}>
      <div className={classes.state}>
        <StateBadge state={state} size={16} />
        {since && <Moment at={since} className={classes.dim} />}
      </div>
      <p className={classes.detail}>{detail}</p>
      <May as="operator">
        <Actions name={name} isPaused={state === 'paused'} />
      </May>
      <Facts
        title={t.check.target}
        facts={{
          ...named(
            spec ? { ...spec.target, kind: t.monitor.kinds[spec.target.kind] } : {},
            t.checks.fields,
          ),
          [t.check.every]: typeof spec?.every === 'number' ? interval(spec.every) : undefined,
          [t.check.dependsOn]: spec?.depends_on?.join(', ') || undefined,
        }}
      />
      {last && <Facts title={t.check.facts} facts={last.facts ?? {}} />}
      {fault && <p className={classes.detail}>{`${t.check.fault}: ${fault}`}</p>}
      {file && <p className={classes.dim}>{t.check.declared(file)}</p>}
      <Flips name={name} />
    </div>
  )
}

function Actions({ name, isPaused }: { name: string; isPaused: boolean }) {
  const { t } = useText()
  const turn = useCheckSwitch(name)
  const look = useLookNow(name)
  return (
    <>
      <div className={classes.actions}>
        <Button
          variant="default"
          leftSection={isPaused ? <IconPlay size={16} /> : <IconPause size={16} />}
          loading={turn.isPending}
          onClick={() => turn.mutate(isPaused)}
        >
          {isPaused ? t.check.resume : t.check.pause}
        </Button>
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} />}
          loading={look.isPending}
          onClick={() => look.mutate()}
        >
          {t.check.test}
        </Button>
      </div>
      {look.data && (
        <div className={classes.found} data-tone={look.data.ok ? 'good' : 'bad'} role="status">
          <strong>{t.check.found}</strong> {look.data.detail}
        </div>
      )}
    </>
  )
}
