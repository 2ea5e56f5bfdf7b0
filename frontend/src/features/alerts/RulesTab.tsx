import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { Adder } from '@/shared/ui/Adder'
import { IconBell } from '@/shared/ui/icons'
import { ListPanel } from '@/shared/ui/ListPanel'
import { Named } from '@/shared/ui/Named'
import { Records } from '@/shared/ui/Records'
import classes from './AlertsPage.module.css'
import { alertQueries, type Rule, type RuleOverview, useRemoveRule } from './queries'
import { RowActions } from './RowActions'
import { RuleForm } from './RuleForm'

/** Who is told of what. */
export function RulesTab() {
  const { t } = useText()
  return (
    <ListPanel
      query={useQuery(alertQueries.rules())}
      title={t.alerts.rulesTitle}
      side={
        <Adder
          label={t.alerts.newRule}
          as="operator"
          size="xs"
          form={(close) => <RuleForm there={undefined} onClose={close} />}
        />
      }
      empty={{
        icon: <IconBell size={32} />,
        title: t.alerts.noRules,
        detail: t.alerts.noRulesDetail,
      }}
    >
      {(items) => <RuleList rules={items} />}
    </ListPanel>
  )
}

function RuleList({ rules }: { rules: readonly RuleOverview[] }) {
  const { t, took } = useText()
  return (
    <Records
      label={t.alerts.tabs.rules}
      items={rules}
      keyOf={(rule) => rule.name}
      title={{
        name: t.common.name,
        cell: ({ name, spec, fault }) => <Named name={name} about={fault ?? spec?.description} />,
      }}
      columns={[
        { name: t.alerts.covers, cell: ({ spec }) => spec && <Covers rule={spec} /> },
        {
          name: t.alerts.states,
          cell: ({ spec }) => spec?.states.map((one) => t.states[one]).join(', '),
        },
        { name: t.alerts.toldAt, cell: ({ spec }) => spec?.channels.join(', ') },
        {
          name: t.alerts.reminder,
          cell: ({ spec }) => spec?.reminder && t.monitor.every(took(spec.reminder)),
        },
      ]}
      actions={(rule) => <Actions rule={rule} />}
    />
  )
}

function Covers({ rule }: { rule: Rule }) {
  const { t } = useText()
  const parts = [
    [t.alerts.checks, rule.checks],
    [t.alerts.schedules, rule.schedules],
    [t.alerts.models, rule.models],
  ] as const
  return (
    <span className={classes.lines}>
      {parts
        .filter(([, patterns]) => patterns.length > 0)
        .map(([name, patterns]) => (
          <span key={name}>
            <span className={classes.dim}>{name}:</span> {patterns.join(', ')}
          </span>
        ))}
    </span>
  )
}

function Actions({ rule }: { rule: RuleOverview }) {
  const { t } = useText()
  return (
    <RowActions
      name={rule.name}
      as="operator"
      file={rule.declared_in}
      detail={t.alerts.removeRule}
      form={(close) => <RuleForm there={rule} onClose={close} />}
      remove={useRemoveRule(rule)}
    />
  )
}
