import { Button, Modal } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Adder } from '@/shared/ui/Adder'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconBell, ShapeSent } from '@/shared/ui/icons'
import { ListPanel } from '@/shared/ui/ListPanel'
import { Named } from '@/shared/ui/Named'
import { Records } from '@/shared/ui/Records'
import { ChannelForm } from './ChannelForm'
import tried from './ChannelsTab.module.css'
import { alertQueries, type ChannelOverview, useRemoveChannel, useTestChannel } from './queries'
import { RowActions } from './RowActions'

/** Where people are told. */
export function ChannelsTab() {
  const { t } = useText()
  return (
    <ListPanel
      query={useQuery(alertQueries.channels())}
      title={t.alerts.channelsTitle}
      side={
        <Adder
          label={t.alerts.newChannel}
          as="admin"
          size="xs"
          form={(close) => <ChannelForm there={undefined} onClose={close} />}
        />
      }
      empty={{
        icon: <IconBell size={32} />,
        title: t.alerts.noChannels,
        detail: t.alerts.noChannelsDetail,
      }}
    >
      {(items) => <ChannelList channels={items} />}
    </ListPanel>
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
        cell: ({ name, spec, fault }) => <Named name={name} about={fault ?? spec?.description} />,
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
