"""A CDK app with state machines of every shape, none of which logs."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import StateMachine
from constructs import Construct

# They fail, so that level ERROR has something to write.
FAILING = '{"StartAt":"End","States":{"End":{"Type":"Fail","Error":"Meant"}}}'


class Billing(Construct):
    """Twice in each stack: their log groups may not have one name."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        StateMachine(self, "Machine", definition_body=sfn.DefinitionBody.from_string(FAILING))


class Audited(sfn.StateMachine):
    """A class of its own."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        end = sfn.Fail(scope, f"{construct_id}End")
        super().__init__(
            scope,
            construct_id,
            definition_body=sfn.DefinitionBody.from_chainable(end),
        )


class OrdersStack(cdk.Stack):
    """Two stacks of one class."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        Billing(self, "Domestic")
        Billing(self, "Foreign")
        Audited(self, "Audited")
        sfn.StateMachine(
            self,
            "Express Orders",
            definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(self, "Start")),  # as it was
            state_machine_type=sfn.StateMachineType.EXPRESS,
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        raw = sfn.CfnStateMachine(self, "Raw", role_arn=role.role_arn, definition_string=FAILING)
        cdk.CfnOutput(self, "RawArn", value=raw.attr_arn)
        sfn.CfnStateMachine(
            self, f"{construct_id}Unnamed", role_arn=role.role_arn, definition_string=FAILING
        )


app = cdk.App()
OrdersStack(app, "OrdersTest")
OrdersStack(app, "OrdersProduction")
app.synth()
