"""Major projects (重大项目): the year's investment plan, each month's investment, the node reached (二.2)."""
