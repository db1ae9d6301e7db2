# StepFunctions.1: Step Functions state machines should have logging turned on.
# For Terraform plans, and for CloudFormation and SAM templates, also those that CDK synthesises:
#
#   terraform plan -out plan.out && terraform show -json plan.out > plan.json
#   opa eval --data stepfunctions_1.rego --input plan.json 'data.hubmend.stepfunctions_1.deny'
#   conftest test --policy . --namespace hubmend.stepfunctions_1 plan.json
#
# A level that only a deployment knows does not pass: it may be OFF. Where your organization
# customised the control's logLevel, leave only that level in the set.
package hubmend.stepfunctions_1

import rego.v1

levels := {"ALL", "ERROR", "FATAL"}

properties := {
	"AWS::StepFunctions::StateMachine": "LoggingConfiguration",
	"AWS::Serverless::StateMachine": "Logging",
}

deny contains message(change.address) if {
	some change in input.resource_changes
	change.type == "aws_sfn_state_machine"
	is_object(change.change.after) # null when it is to be deleted
	not planned(change.change)
}

deny contains message(id) if {
	some id, resource in input.Resources
	property := properties[resource.Type]
	not declared(object.get(resource, ["Properties", property], {}))
}

planned(change) if {
	some number, block in change.after.logging_configuration
	levels[block.level]
	destined(change, number)
}

destined(change, number) if {
	group := change.after.logging_configuration[number].log_destination
	is_string(group)
	group != ""
}

# The ARN of a log group that is to be created is not known yet.
destined(change, number) if change.after_unknown.logging_configuration[number].log_destination == true

declared(logging) if {
	levels[logging.Level]
	logging.Destinations[_].CloudWatchLogsLogGroup.LogGroupArn
}

message(name) := sprintf(
	"%s: logging is not known to be on: set a level of ALL, ERROR or FATAL, and a log group (StepFunctions.1)",
	[name],
)
