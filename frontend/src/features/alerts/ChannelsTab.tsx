import { Button, Modal } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconBell, IconPlus, ShapeSent } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import classes from './AlertsPage.module.css'
import { ChannelForm } from './ChannelForm'
import tried from './ChannelsTab.module.css'
import { alertQueries, type ChannelOverview, useRemoveChannel, useTestChannel } from './queries'
import { RowActions } from './RowActions'

/** Where people are told. */
export function ChannelsTab() {
  const { t } = useText()
  const [isAdding, setAdding] = useState(false)
  const channels = useQuery(alertQueries.channels())
  const add = (
    <May as="admin">
      <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
        {t.alerts.newChannel}
      </Button>
    </May>
  )
  return (
    <Loaded query={channels}>
      {({ items }) => (
        <Panel title={t.alerts.channelsTitle} side={add} flush>
          {items.length > 0 ? (
            <ChannelList channels={items} />
          ) : (
            <Empty
              icon={<IconBell size={32} />}
              title={t.alerts.noChannels}
              detail={t.alerts.noChannelsDetail}
            />
          )}
          {isAdding && <ChannelForm there={undefined} onClose={() => setAdding(false)} />}
        </Panel>
      )}
    </Loaded>
  )
}

function ChannelList({ channels }: { channels: readonly ChannelOverview[] }) {
  const { t } = useText()
  return (
    <Records
      label={t.alerts.tabs.channels}
      items={channels}
      keyOf={(channel) => channel.name}
      title={{
        name: t.common.name,
        cell: ({ name, spec, fault }) => (
          <span className={classes.lines}>
            {name}
            <span className={classes.dim}>{fault ?? spec?.description}</span>
          </span>
        ),
      }}
      columns={[
        {
          name: t.check.kind,
          cell: ({ spec }) => spec && t.alerts.kinds[spec.target.kind],
        },
        { name: t.alerts.place, cell: ({ place }) => place },
        { name: t.alerts.test, cell: ({ name }) => <Test name={name} /> },
      ]}
      actions={(channel) => <Actions channel={channel} />}
    />
  )
}

function Actions({ channel }: { channel: ChannelOverview }) {
  const { t } = useText()
  return (
    <RowActions
      name={channel.name}
      as="admin"
      file={channel.declared_in}
      detail={t.alerts.removeChannel}
      form={(close) => <ChannelForm there={channel} onClose={close} />}
      remove={useRemoveChannel(channel)}
    />
  )
}

/** Sends a test, and tells what the receiver answered. */
function Test({ name }: { name: string }) {
  const { t, took } = useText()
  const test = useTestChannel(name)
  return (
    <May as="operator">
      <Button
        size="xs"
        variant="default"
        leftSection={<ShapeSent size={14} />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {t.alerts.sendTest}
      </Button>
      <Modal
        opened={test.isSuccess || test.isError}
        onClose={test.reset}
        title={<strong>{t.alerts.tested(name)}</strong>}
        closeButtonProps={{ 'aria-label': t.common.close }}
      >
        {test.isError && <ErrorPanel error={test.error} />}
        {test.data && (
          <div className={tried.found} data-tone={test.data.ok ? 'good' : 'bad'} role="status">
            <strong>{test.data.ok ? t.states.sent : t.states.failed}</strong>
            <p>{test.data.detail}</p>
            <p>{took(test.data.seconds)}</p>
          </div>
        )}
      </Modal>
    </May>
  )
}
