"""Every AWS call hubmend makes for this control, and what IAM asks for it (F§8).

The one source of truth: the policies that are printed, the advice on a refused call and `doctor`
are made from it, and a test holds it equal to the calls in the code and to those that reach the
embedded AWS. Resources are as narrow as AWS's service authorization reference allows; dependent
actions (iam:PassRole, logs:TagResource, securityhub:DescribeStandardsControls) are rows too.
"""

from __future__ import annotations

from hubmend.core.permission import Denial, Document, Permission, Place

ANY = Place("Everywhere", ("*",))
MACHINES = Place("Machines", ("arn:{partition}:states:*:*:stateMachine:*",))
EXECUTIONS = Place("Executions", ("arn:{partition}:states:*:*:execution:*",))
GROUPS = Place("LogGroups", ("arn:{partition}:logs:*:*:log-group:{log_group}",))
ROLES = Place("Roles", ("arn:{partition}:iam::*:role/*",))
PASSED = Place(
    "PassToStepFunctions",
    ("arn:{partition}:iam::*:role/*",),
    {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}},
)
PRINCIPALS = Place("Principals", ("arn:{partition}:iam::*:role/*", "arn:{partition}:iam::*:user/*"))
POLICIES = Place("Policies", ("arn:{partition}:iam::*:policy/*",))
KEYS = Place("Keys", ("arn:{partition}:kms:*:*:key/*",))
# Keys of machines only: the context Step Functions encrypts with (F§3.10).
MACHINE_KEYS = Place(
    "KeysOfMachines",
    ("arn:{partition}:kms:*:*:key/*",),
    {
        "StringLike": {
            "kms:EncryptionContext:aws:states:stateMachineArn": (
                "arn:{partition}:states:*:*:stateMachine:*"
            )
        }
    },
)
STACKS = Place("Stacks", ("arn:{partition}:cloudformation:*:*:stack/*",))
RULES = Place("ConfigRules", ("arn:{partition}:config:*:*:config-rule/*",))
HUB = Place("SecurityHub", ("arn:{partition}:securityhub:*:*:hub/default",))
OUR_ROLES = Place(
    "HubmendRoles",
    (
        "arn:{partition}:iam::*:role/{audit_role}",
        "arn:{partition}:iam::*:role/{remediate_role}",
    ),
)

# Any principal may make these.
FREE = frozenset({("sts", "GetCallerIdentity")})

_STATES, _LOGS, _HUB, _TAGS = "stepfunctions", "logs", "securityhub", "resourcegroupstaggingapi"
_OFFERED = "say in which regions AWS does not offer the control"
_ON = "see whether Security Hub and the control are on here"
_RULES = "warn of automation rules that would undo a suppression"
_STANDING = "only with standing rules: have Security Hub suppress what they match"
_MODE = "tell accounts that a configuration policy manages from those that manage themselves"
_LEVEL = "judge by the level the organization asks for"
_UNITS = "ous in [scope], rules by ou"
_PLACES = "ask once for every account and region that reports to this one, and write there"
_RECORDED = "scan --source config, or auto where Security Hub is off"
_RECORDING = "tell how long findings take to follow"
_ROLE = "foresee whether the machine's role may deliver logs"
_CMK = "only for machines with a customer managed key"
_VERSIONS = "only with update_versions: take the traffic of aliases along, and back"

_Row = tuple[str, str, str, Place, str, str]

# Without these the verb fails, and says so.
_READS: tuple[_Row, ...] = (
    (_STATES, "ListStateMachines", "states:ListStateMachines", ANY, "scan", "find machines"),
    (_STATES, "DescribeStateMachine", "states:DescribeStateMachine", MACHINES, "scan",
     "read level, destination, type and role"),
    (_LOGS, "DescribeLogGroups", "logs:DescribeLogGroups", ANY, "plan",
     "see whether the log group exists"),
    ("iam", "GetRole", "iam:GetRole", ROLES, "plan", _ROLE),
    ("iam", "ListRolePolicies", "iam:ListRolePolicies", ROLES, "plan", _ROLE),
    ("iam", "GetRolePolicy", "iam:GetRolePolicy", ROLES, "plan", _ROLE),
    ("iam", "ListAttachedRolePolicies", "iam:ListAttachedRolePolicies", ROLES, "plan", _ROLE),
    ("iam", "GetPolicy", "iam:GetPolicy", POLICIES, "plan", _ROLE),
    ("iam", "GetPolicyVersion", "iam:GetPolicyVersion", POLICIES, "plan", _ROLE),
    (_STATES, "ListExecutions", "states:ListExecutions", MACHINES, "verify",
     "find the executions since the change"),
    (_STATES, "GetExecutionHistory", "states:GetExecutionHistory", EXECUTIONS, "verify",
     "know which records must exist"),
    (_LOGS, "FilterLogEvents", "logs:FilterLogEvents", GROUPS, "verify", "read the records"),
    (_LOGS, "DescribeLogStreams", "logs:DescribeLogStreams", GROUPS, "verify",
     "see whether a log group holds records"),
    (_LOGS, "ListTagsLogGroup", "logs:ListTagsLogGroup", GROUPS, "plan",
     "delete only log groups hubmend made"),
)  # fmt: skip

# Without these hubmend goes on and knows less; `doctor` says which are missing.
_EXTRAS: tuple[_Row, ...] = (
    (_TAGS, "GetResources", "tag:GetResources", ANY, "scan", "read all tags at once"),
    (_STATES, "ListTagsForResource", "states:ListTagsForResource", MACHINES, "scan",
     "match rules by tag, tell who deploys a machine"),
    (_HUB, "GetFindings", "securityhub:GetFindings", HUB, "scan",
     "show findings and scores; suppress nothing unread"),
    (_HUB, "GetEnabledStandards", "securityhub:GetEnabledStandards", HUB, "scan", "show scores"),
    (_HUB, "BatchGetSecurityControls", "securityhub:BatchGetSecurityControls", ANY, "scan",
     _LEVEL),
    (_HUB, "BatchGetSecurityControls", "securityhub:DescribeStandardsControls", ANY, "scan",
     "AWS asks for it with the calls on security controls"),
    ("config", "SelectResourceConfig", "config:SelectResourceConfig", ANY, "scan", _RECORDED),
    (_STATES, "ListStateMachineAliases", "states:ListStateMachineAliases", MACHINES, "plan",
     "warn where traffic goes through an alias"),
    (_STATES, "DescribeStateMachineAlias", "states:DescribeStateMachineAlias", MACHINES, "plan",
     "see which versions an alias routes to"),
    (_STATES, "ListStateMachineVersions", "states:ListStateMachineVersions", MACHINES, "rollback",
     "delete only versions hubmend published"),
    (_STATES, "DescribeStateMachine", "kms:Decrypt", MACHINE_KEYS, "plan",
     _CMK),
    (_LOGS, "DescribeResourcePolicies", "logs:DescribeResourcePolicies", ANY, "plan",
     "foresee an account whose Logs resource policies are full"),
    ("iam", "SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy", PRINCIPALS, "plan",
     "let AWS say what a role would be refused"),
    ("kms", "GetKeyPolicy", "kms:GetKeyPolicy", KEYS, "plan", _CMK),
    ("kms", "DescribeKey", "kms:DescribeKey", KEYS, "plan", "only for a log group with a key"),
    ("cloudformation", "GetTemplate", "cloudformation:GetTemplate", STACKS, "plan",
     "tell whether the next deploy of a machine's stack would revert a change"),
    (_STATES, "GetExecutionHistory", "kms:Decrypt", MACHINE_KEYS, "verify", _CMK),
    (_HUB, "DescribeHub", "securityhub:DescribeHub", HUB, "doctor", _ON),
    (_HUB, "GetSecurityControlDefinition", "securityhub:GetSecurityControlDefinition", ANY,
     "scan", _OFFERED),
    (_HUB, "GetSecurityControlDefinition", "securityhub:DescribeStandardsControls", ANY,
     "scan", _OFFERED),
    ("ec2", "DescribeRegions", "ec2:DescribeRegions", ANY, "scan",
     "tell a region that is not enabled in the account from one that refuses"),
    (_HUB, "ListStandardsControlAssociations", "securityhub:ListStandardsControlAssociations",
     ANY, "scan", _ON),
    (_HUB, "ListStandardsControlAssociations", "securityhub:DescribeStandardsControls", ANY,
     "scan", _ON),
    ("config", "GetResourceConfigHistory", "config:GetResourceConfigHistory", ANY, "verify",
     "see whether AWS Config has recorded a change"),
    ("config", "DescribeConfigurationRecorders", "config:DescribeConfigurationRecorders", ANY,
     "doctor", _RECORDING),
    ("config", "DescribeConfigurationRecorderStatus", "config:DescribeConfigurationRecorderStatus",
     ANY, "doctor", _RECORDING),
)  # fmt: skip

# Without these the change fails, and the run says so.
_WRITES: tuple[_Row, ...] = (
    (_LOGS, "CreateLogGroup", "logs:CreateLogGroup", GROUPS, "apply", "make the log group"),
    (_LOGS, "CreateLogGroup", "logs:TagResource", GROUPS, "apply",
     "mark it as made by hubmend, so that rollback knows it"),
    (_LOGS, "PutRetentionPolicy", "logs:PutRetentionPolicy", GROUPS, "apply",
     "keep records as long as decided"),
    ("iam", "PutRolePolicy", "iam:PutRolePolicy", ROLES, "apply",
     "add the inline policy hubmend-log-delivery"),
    (_STATES, "UpdateStateMachine", "states:UpdateStateMachine", MACHINES, "apply",
     "turn logging on, and back"),
    (_STATES, "UpdateStateMachine", "iam:PassRole", PASSED, "apply",
     "AWS lists it with states:UpdateStateMachine"),
    (_STATES, "StartExecution", "states:StartExecution", MACHINES, "verify",
     "run a STANDARD machine (verify --execute)"),
    (_STATES, "StartSyncExecution", "states:StartSyncExecution", MACHINES, "verify",
     "run an EXPRESS machine (verify --execute)"),
    (_HUB, "BatchUpdateFindings", "securityhub:BatchUpdateFindings", HUB, "apply",
     "suppress findings as decided, and take it back"),
    ("iam", "DeleteRolePolicy", "iam:DeleteRolePolicy", ROLES, "rollback",
     "take hubmend-log-delivery away again"),
    (_LOGS, "DeleteRetentionPolicy", "logs:DeleteRetentionPolicy", GROUPS, "rollback",
     "take the retention of an existing log group back"),
    (_LOGS, "DeleteLogGroup", "logs:DeleteLogGroup", GROUPS, "rollback",
     "delete a log group hubmend made that holds no records"),
)  # fmt: skip

# Needed in some accounts only, or to be quicker.
_RARE: tuple[_Row, ...] = (
    ("config", "StartConfigRulesEvaluation", "config:StartConfigRulesEvaluation", RULES, "verify",
     "have findings follow a change in minutes"),
    (_LOGS, "CreateLogGroup", "logs:AssociateKmsKey", GROUPS, "apply",
     "only for a log group with a key"),
    (_LOGS, "CreateLogGroup", "kms:DescribeKey", KEYS, "apply", "only for a log group with a key"),
    (_STATES, "PublishStateMachineVersion", "states:PublishStateMachineVersion", MACHINES, "apply",
     _VERSIONS),
    (_STATES, "UpdateStateMachineAlias", "states:UpdateStateMachineAlias", MACHINES, "apply",
     _VERSIONS),
    (_STATES, "DeleteStateMachineVersion", "states:DeleteStateMachineVersion", MACHINES, "rollback",
     _VERSIONS),
    (_STATES, "UpdateStateMachine", "kms:DescribeKey", KEYS, "apply", _CMK),
    (_STATES, "UpdateStateMachine", "kms:GenerateDataKey", MACHINE_KEYS, "apply", _CMK),
    (_STATES, "StartSyncExecution", "kms:Decrypt", MACHINE_KEYS, "verify", _CMK),
)  # fmt: skip

# How the caller's own credentials come to the targets and their roles.
_REACHING: tuple[_Row, ...] = (
    ("sts", "AssumeRole", "sts:AssumeRole", OUR_ROLES, "operator", "work in other accounts"),
    ("organizations", "ListAccounts", "organizations:ListAccounts", ANY, "operator",
     'accounts = "all", and the names of accounts'),
    ("organizations", "DescribeAccount", "organizations:DescribeAccount", ANY, "operator",
     "the names of accounts that are listed, in a large organization"),
    ("organizations", "ListRoots", "organizations:ListRoots", ANY, "operator", _UNITS),
    ("organizations", "ListOrganizationalUnitsForParent",
     "organizations:ListOrganizationalUnitsForParent", ANY, "operator", _UNITS),
    ("organizations", "ListAccountsForParent", "organizations:ListAccountsForParent", ANY,
     "operator", _UNITS),
    ("organizations", "ListTagsForResource", "organizations:ListTagsForResource", ANY, "operator",
     "account_tags in [scope]"),
    ("ec2", "DescribeRegions", "ec2:DescribeRegions", ANY, "operator", 'regions = "all"'),
    (_HUB, "DescribeOrganizationConfiguration", "securityhub:DescribeOrganizationConfiguration",
     ANY, "operator", _PLACES),
    (_HUB, "ListFindingAggregators", "securityhub:ListFindingAggregators", ANY, "operator",
     _PLACES),
    (_HUB, "GetFindingAggregator", "securityhub:GetFindingAggregator", ANY, "operator", _PLACES),
    ("config", "DescribeConfigurationAggregators", "config:DescribeConfigurationAggregators", ANY,
     "operator", _RECORDED),
    ("config", "SelectAggregateResourceConfig", "config:SelectAggregateResourceConfig", ANY,
     "operator", _RECORDED),
)  # fmt: skip

# What changes every resource of an account is kept apart from what changes one (F§8.3).
_ACCOUNTS: tuple[_Row, ...] = (
    (_HUB, "BatchUpdateStandardsControlAssociations",
     "securityhub:BatchUpdateStandardsControlAssociations", ANY, "decide",
     "disable the control in an account"),
    (_HUB, "BatchUpdateStandardsControlAssociations", "securityhub:UpdateStandardsControl", ANY,
     "decide", "AWS asks for it with the call above"),
    (_HUB, "UpdateSecurityControl", "securityhub:UpdateSecurityControl", ANY, "decide",
     "set the control's logLevel in an account"),
    (_HUB, "DescribeOrganizationConfiguration", "securityhub:DescribeOrganizationConfiguration",
     HUB, "decide", _MODE),
    (_HUB, "GetConfigurationPolicyAssociation", "securityhub:GetConfigurationPolicyAssociation",
     ANY, "decide", _MODE),
    (_HUB, "GetConfigurationPolicy", "securityhub:GetConfigurationPolicy", ANY, "decide", _MODE),
    (_HUB, "ListAutomationRules", "securityhub:ListAutomationRules", ANY, "decide", _RULES),
    (_HUB, "BatchGetAutomationRules", "securityhub:BatchGetAutomationRules", ANY, "decide", _RULES),
    (_HUB, "GetAdministratorAccount", "securityhub:GetAdministratorAccount", ANY, "decide",
     _STANDING),
    (_HUB, "GetMembers", "securityhub:GetMembers", ANY, "decide",
     "know for which accounts the administrator answers"),
)  # fmt: skip

# Only used with standing rules, in the administrator's account.
_AUTOMATION: tuple[_Row, ...] = (
    (_HUB, "CreateAutomationRule", "securityhub:CreateAutomationRule", ANY, "decide", _STANDING),
    (_HUB, "BatchDeleteAutomationRules", "securityhub:BatchDeleteAutomationRules", ANY, "decide",
     _STANDING),
)  # fmt: skip

# Beyond the documents that follow from the verb: asked with the caller's own credentials in its
# own account too, or all that somebody needs who decides and changes no machine.
_BESIDE = {
    "tag:GetResources": (Document.OPERATOR,),
    "securityhub:GetFindings": (Document.DECIDE, Document.OPERATOR),
    "securityhub:BatchGetSecurityControls": (Document.DECIDE,),
    "securityhub:ListStandardsControlAssociations": (Document.DECIDE,),
    # The caller's own account is asked for all accounts.
    "securityhub:GetSecurityControlDefinition": (Document.OPERATOR,),
    "securityhub:DescribeStandardsControls": (Document.DECIDE, Document.OPERATOR),
    "securityhub:BatchUpdateFindings": (Document.DECIDE,),
    "securityhub:ListFindingAggregators": (Document.DECIDE,),
    "securityhub:GetFindingAggregator": (Document.DECIDE,),
    "securityhub:GetMembers": (Document.OPERATOR,),
}

PERMISSIONS: tuple[Permission, ...] = (
    *(Permission(*row) for row in _READS),
    *(Permission(*row, optional=True, also=_BESIDE.get(row[2], ())) for row in _EXTRAS),
    *(Permission(*row, changes=True, also=_BESIDE.get(row[2], ())) for row in _WRITES),
    *(Permission(*row, changes=True, optional=True) for row in _RARE),
    *(Permission(*row, also=_BESIDE.get(row[2], ())) for row in (*_REACHING, *_ACCOUNTS)),
    *(Permission(*row, changes=True) for row in _AUTOMATION),
)

DENIALS: tuple[Denial, ...] = (
    # Roles of AWS and of IAM Identity Center are never edited (F§3.8); nor are hubmend's own, or
    # the remediate role could give itself any right.
    Denial(
        ("iam:PutRolePolicy", "iam:DeleteRolePolicy"),
        Place(
            "NeverTheseRoles",
            (
                "arn:{partition}:iam::*:role/aws-service-role/*",
                "arn:{partition}:iam::*:role/aws-reserved/*",
                *OUR_ROLES.arns,
            ),
        ),
    ),
    # A failing finding is never called resolved (F§2.3, F§8.3).
    Denial(
        ("securityhub:BatchUpdateFindings",),
        Place(
            "NeverResolve",
            ("*",),
            {"StringEquals": {"securityhub:ASFFSyntaxPath/Workflow.Status": "RESOLVED"}},
        ),
    ),
)
