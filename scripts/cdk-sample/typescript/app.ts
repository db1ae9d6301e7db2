import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

// They fail, so that level ERROR has something to write.
const failing = '{"StartAt":"End","States":{"End":{"Type":"Fail","Error":"Meant"}}}';

// Twice in each stack: their log groups may not have one name.
class Billing extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new StateMachine(this, 'Machine', { definitionBody: sfn.DefinitionBody.fromString(failing) });
  }
}

class Audited extends sfn.StateMachine {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Fail(scope, `${id}End`)),
    });
  }
}

class OrdersStack extends cdk.Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new Billing(this, 'Domestic');
    new Billing(this, 'Foreign');
    new Audited(this, 'Audited');

    new StateMachine(this, 'Express Orders', {
      definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(this, 'Start')), // as it was
      stateMachineType: StateMachineType.EXPRESS
    });

    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com'),
    });
    const raw = new sfn.CfnStateMachine(this, 'Raw', {
      roleArn: role.roleArn,
      definitionString: failing,
    });
    new cdk.CfnOutput(this, 'RawArn', { value: raw.attrArn });
    new sfn.CfnStateMachine(this, `${id}Unnamed`, { roleArn: role.roleArn, definitionString: failing });
  }
}

const app = new cdk.App();
new OrdersStack(app, 'OrdersTest');
new OrdersStack(app, 'OrdersProduction');
app.synth();
